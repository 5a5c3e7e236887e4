"""Runs what the documents show, beside a collector at 127.0.0.1:4318; see scripts/docs-check."""

import argparse, json, os, re, shutil, signal, subprocess, sys, tempfile, time
import urllib.error, urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = os.path.join(TOP, "Sources/barograph/Documentation.docc")
PROGRAM = os.environ["BAROGRAPH_PROGRAM"]
RUN = {"sh", "console", "python", "js", "go", "swift", "sql"}
READ = {"yaml", "json"}
SHOWN = {"text"}
SECONDS = 120
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"


class Wrong(Exception):
    pass


class Fence:
    """One fenced block: language, words after it (`file: NAME`, `no-run: why`), text."""

    def __init__(self, page, line, info, text):
        self.page, self.line, self.text = page, line, text
        head, _, self.reason = info.partition("no-run:")
        self.language = head.split()[0] if head.split() else ""
        # DocC reads `name=value` as an option of its own.
        self.options = dict(re.findall(r"(\w+): (\S+)", head))
        self.reason = self.reason.strip()
        self.stays = "no-run:" in info

    def __str__(self):
        return f"{self.page}:{self.line} {self.language}"


def fences(name, text):
    found, start, info, body = [], None, "", []
    for number, line in enumerate(text.splitlines(), 1):
        if start is None:
            if match := re.match(r"( *)```(.*)$", line):
                indent, info, start, body = len(match[1]), match[2].strip(), number, []
        elif line.strip() == "```":
            found.append(Fence(name, start, info, "\n".join(body) + "\n"))
            start = None
        else:
            body.append(line[indent:] if line[:indent].isspace() or not indent else line)
    return found


class Sandbox:
    """A directory with a collector of its own, as the documents suppose it."""

    def __init__(self, page, verbose):
        self.directory = tempfile.mkdtemp(prefix="barograph-docs-")
        self.verbose = verbose
        self.collector = None
        with open(os.path.join(self.directory, ".curlrc"), "w") as file:
            file.write("silent\nshow-error\nfail-with-body\n")
        tools = os.path.join(self.directory, ".tools")
        os.mkdir(tools)
        os.symlink(PROGRAM, os.path.join(tools, "barograph"))
        # Pages that are read in a checkout call the program by its script.
        os.mkdir(os.path.join(self.directory, "scripts"))
        os.symlink(PROGRAM, os.path.join(self.directory, "scripts/barograph"))
        os.symlink(os.path.join(TOP, "dashboards"), os.path.join(self.directory, "dashboards"))
        self.environment = {
            "PATH": tools + ":" + os.environ["PATH"],
            "HOME": self.directory,
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "GOFLAGS": "-mod=mod",
            "GOTOOLCHAIN": "local",
            "GO111MODULE": "off",
            "GOCACHE": os.path.join(TOP, ".build/docs-go"),
        }
        own = os.path.join(TOP, "scripts/lib/docs", page)
        if os.path.isdir(own):
            shutil.copytree(own, self.directory, dirs_exist_ok=True)

    def write(self, blocks):
        """The files that blocks of the page are, before anything runs."""
        for block in blocks:
            if path := block.options.get("file"):
                path = os.path.join(self.directory, path)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w") as file:
                    file.write(block.text)

    def start(self):
        config = os.path.join(self.directory, "barograph.yaml")
        words = [PROGRAM, "serve"] + (["--config", config] if os.path.exists(config) else [])
        self.log = open(os.path.join(self.directory, "serve.log"), "ab")
        self.collector = subprocess.Popen(
            words, cwd=self.directory, env=self.environment, stderr=self.log, start_new_session=True
        )
        begin = time.monotonic()
        while time.monotonic() - begin < 30:
            if self.collector.poll() is not None:
                break
            try:
                urllib.request.urlopen("http://127.0.0.1:4318/readyz", timeout=5).read()
                return
            except OSError:
                time.sleep(0.02)
        sys.exit("the collector does not start: " + open(self.log.name).read())

    def prepare(self):
        """What the page supposes to be there: a script of its own."""
        script = os.path.join(self.directory, "setup.sh")
        if os.path.exists(script):
            code, text = self.run(["bash", "-euo", "pipefail", script])
            if code:
                sys.exit(f"{script} failed: {text}")

    def run(self, words, given=None):
        process = subprocess.Popen(
            words,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            text, _ = process.communicate(given, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text, _ = process.communicate()
            raise Wrong(f"it does not end within {SECONDS} s: {text[-2000:]}")
        if self.verbose:
            print(text, end="")
        return process.returncode, text

    def end(self):
        for process in [self.collector] if self.collector else []:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=60)
        shutil.rmtree(self.directory, ignore_errors=True)


def expect_end(code, text, expected=0):
    if code != expected:
        raise Wrong(f"ended with {code}:\n{text[-3000:]}")


def shell(box, fence):
    code, text = box.run(["bash", "-euo", "pipefail", "-c", fence.text])
    expect_end(code, text, int(fence.options.get("exits", 0)))


def steps(text):
    """Commands behind `$ ` with what they print; a backslash goes on."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif found and not found[-1][1] and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        elif found:
            found[-1][1].append(line)
        else:
            raise Wrong("output comes before the first command")
    return found


def pattern(lines):
    """`…` stands for anything, alone on a line for any lines, and a time for any time."""
    text = ""
    for line in lines:
        if line.strip() == "…":
            text += r"(?:.*\n)*?"
            continue
        parts = [
            r"[^\n]*" if part == "…" else TIME if re.fullmatch(TIME, part) else re.escape(part)
            for part in re.split(f"(…|{TIME})", line.rstrip())
        ]
        text += "".join(parts) + r"[ ]*\n"
    return text


def console(box, fence):
    for command, shown in steps(fence.text):
        code, text = box.run(["bash", "-uo", "pipefail", "-c", command])
        if text and not text.endswith("\n"):
            text += "\n"
        if shown and not re.fullmatch(pattern(shown), text):
            raise Wrong(f"$ {command}\nshows\n" + "\n".join(shown) + f"\nbut printed\n{text}")
        if not shown:
            expect_end(code, text)


def program(box, fence):
    name = {"python": "page.py", "js": "page.mjs", "go": "page.go", "swift": "page.swift"}
    words = {"python": ["python3"], "js": ["node"], "go": ["go", "run"], "swift": None}
    path = fence.options.get("file", name[fence.language])
    with open(os.path.join(box.directory, path), "w") as file:
        file.write(fence.text)
    call = words[fence.language]
    if call is None:
        expect_end(*box.run(["swiftc", "-o", "page-swift", path]))
        call = ["./page-swift"]
    else:
        call = call + [path]
    expect_end(*box.run(call))


def statements(box, fence):
    for statement in re.split(r";\s*(?:\n|$)", fence.text):
        if re.sub(r"--.*", "", statement).strip():
            expect_end(*box.run(["barograph", "sql", "--", statement]))


def workflow(box, text):
    """The commands of a pipeline, in the page's directory `pipeline`."""
    script = ""
    for match in re.finditer(r"^( +)(?:- )?run: (.*)\n((?:\1 +.*\n)*)", text, re.M):
        script += (match[3] if match[2] == "|" else match[2]) + "\n"
    # What the pipeline's server puts in.
    script = re.sub(r"\$\{\{.*?\}\}", "1", script)
    directory = os.path.join(box.directory, "pipeline")
    expect_end(*box.run(["bash", "-euo", "pipefail", "-c", f"cd {directory}\n{script}"]))


def read_yaml(box, fence):
    """A rule file, its tests, or a configuration; a part of one gets what is around it."""
    text = fence.text
    if re.search("^jobs:", text, re.M):
        workflow(box, text)
        return
    if text.startswith("rule_files:"):
        path = os.path.join(box.directory, fence.options.get("file", "page-tests.yaml"))
        with open(path, "w") as file:
            file.write(text)
        expect_end(*box.run(["barograph", "rules", "test", path]))
        return
    if re.match(r" +template:", text):
        head = "receivers:\n  - name: page\n    type: webhook\n    url: 'https://example.org'\n"
        text = head + text
    if re.match(r"- (anomaly|budget|absent|slo|alert|record):", text):
        rules = "".join("      " + line + "\n" for line in text.splitlines())
        text = "groups:\n  - name: page\n    rules:\n" + rules
    kind = "rules" if text.startswith("groups:") else "config"
    path = os.path.join(box.directory, "page.yaml")
    with open(path, "w") as file:
        file.write(text)
    if kind == "rules":
        expect_end(*box.run(["barograph", "rules", "check", path]))
        return
    # Secrets that the page names are there.
    environment = dict(box.environment)
    for name in re.findall(r"\{env: (\w+)\}", text):
        box.environment[name] = "secret-of-this-test-0123456789abcdef"
    for secret in re.findall(r"\{file: ([^}]+)\}", text):
        given = os.path.join(box.directory, os.path.basename(secret))
        with open(given, "w") as file:
            file.write("https://hooks.example.org/secret-of-this-test")
        text = text.replace(secret, given)
    with open(path, "w") as file:
        file.write(text)
    code, said = box.run(["barograph", "config", "check", path])
    box.environment = environment
    expect_end(code, said)


def read_json(box, fence):
    try:
        json.loads(fence.text)
    except ValueError as problem:
        raise Wrong(f"this is no JSON: {problem}")


def check(box, fence):
    """Runs one block; raises Wrong."""
    {
        "sh": shell,
        "console": console,
        "python": program,
        "js": program,
        "go": program,
        "swift": program,
        "sql": statements,
        "yaml": read_yaml,
        "json": read_json,
    }[fence.language](box, fence)


def helps():
    """The options of every command, from the program's own help."""
    overview = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True).stdout
    found = {}
    for name in re.findall(r"^  ([a-z]+) ", overview, re.M):
        text = subprocess.run([PROGRAM, name, "--help"], capture_output=True, text=True).stdout
        found[name] = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", text)) | {"-h"}
    return found


def option_problems(place, words, known):
    """What is wrong with a command line of ours: the command or an option does not exist."""
    command = words[1]
    if command.startswith("-"):
        return []
    if command not in known:
        return [f"{place}: there is no command `{command}`"]
    options = [match[0] for word in words if (match := re.match(r"--[a-z][\w-]*", word))]
    return [
        f"{place}: `{command}` has no option {option}"
        for option in options
        if option not in known[command]
    ]


def unrun_problems(block, known):
    """What does not run must be there all the same."""
    problems = []
    for line in block.text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|[|;]", line.split(" #")[0]):
            words = part.split()
            while words and words[0] in ("sudo", "$") or words[:1] == ["-u"]:
                words = words[2:] if words[0] == "-u" else words[1:]
            if len(words) > 1 and words[0] in ("barograph", "scripts/barograph"):
                problems += option_problems(block, words, known)
            elif words and words[0].startswith("scripts/"):
                if not os.path.exists(os.path.join(TOP, words[0])):
                    problems.append(f"{block}: there is no {words[0]}")
    return problems


def inline_problems(name, text, known):
    """Commands, options and scripts that are named in running text must exist."""
    problems = []
    # Fences go, lines stay countable.
    plain = re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    for match in re.finditer(r"(?<!`)`([^`\n]+)`(?!`)", plain):
        code, line = match[1], plain.count("\n", 0, match.start()) + 1
        words = code.split()
        if words[0] in ("barograph", "scripts/barograph") and len(words) > 1:
            problems += option_problems(f"{name}:{line}", words, known)
        elif words[0].startswith("scripts/"):
            if not os.path.exists(os.path.join(TOP, words[0].rstrip(",;"))):
                problems.append(f"{name}:{line}: there is no {words[0]}")
    return problems


def route_problems(name, text):
    """Routes that are named must be there: whatever they answer, not that they are unknown."""
    problems = []
    plain = re.sub(r"```.*?```", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    methods = "(?:GET|POST|DELETE|PUT)"
    for match in re.finditer(rf"`({methods}(?:[ |]+{methods})*) (/[^`\s]*)", plain):
        line = plain.count("\n", 0, match.start()) + 1
        path = re.sub(r"\{[^}]*\}|\bID\b|\bNAME\b", "x", match[2].split("?")[0]).rstrip(",")
        if re.search(r"[…<>]", path) or path.startswith("/api/v2/"):
            continue
        for method in re.findall(r"GET|POST|DELETE|PUT", match[1]):
            probe = urllib.request.Request("http://127.0.0.1:4318" + path, method="BREW")
            try:
                urllib.request.urlopen(probe, timeout=10)
            except urllib.error.HTTPError as answer:
                allowed = answer.headers.get("Allow") or ""
                if answer.code == 404:
                    problems.append(f"{name}:{line}: there is no route {path}")
                elif answer.code == 405 and method not in allowed:
                    problems.append(f"{name}:{line}: {path} takes {allowed}, not {method}")
    return problems


def pages(wanted):
    found = {"README": os.path.join(TOP, "README.md")}
    for name in sorted(os.listdir(PAGES)):
        if name.endswith(".md"):
            found[name[:-3]] = os.path.join(PAGES, name)
    if unknown := set(wanted) - set(found):
        sys.exit(f"there is no page {', '.join(sorted(unknown))}")
    return {name: path for name, path in found.items() if not wanted or name in wanted}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    known = helps()
    passed, failed, left = 0, [], []
    for name, path in pages(given.pages).items():
        text = open(path).read()
        blocks = fences(name, text)
        left += [block for block in blocks if block.stays]
        for block in blocks:
            if block.stays:
                failed += unrun_problems(block, known)
            if block.stays and not block.reason:
                failed.append(f"{block}: no-run needs a reason")
            elif block.language not in RUN | READ | SHOWN:
                failed.append(f"{block}: say what it is: {', '.join(sorted(RUN | READ | SHOWN))}")
        if given.list:
            continue
        failed += inline_problems(name, text, known)
        box = Sandbox(name, given.verbose)
        count = 0
        try:
            box.write(blocks)
            box.start()
            box.prepare()
            failed += route_problems(name, text)
            for block in blocks:
                if block.stays or block.language not in RUN | READ:
                    continue
                try:
                    check(box, block)
                    count += 1
                except Wrong as problem:
                    failed.append(f"{block}: {problem}")
        finally:
            box.end()
        passed += count
        print(f"{name}: {count} blocks", flush=True)
    for block in left:
        print(f"not run: {block.page}:{block.line} {block.language}: {block.reason}")
    for problem in failed:
        print("FAILED", problem)
    print(f"{passed} passed, {len(failed)} failed, {len(left)} skipped")
    sys.exit(1 if failed else 0)


main()
