"""Writes generated schemas and instances with the verdicts of Python's jsonschema."""

import argparse
import json
import random

from jsonschema import Draft202012Validator

NAMES = ["a", "b", "c", "ab", "n_x"]
PATTERNS = ["^a", "b$", "^n_", "[0-9]+", "^.{1,2}$", "x|y"]
TEXTS = ["", "a", "ab", "abc", "n_1", "xyz", "é字", "12", "💩"]


def number(rng):
    return rng.choice([0, 1, 2, 3, 5, 10, -1, -3, 0.5, 1.5, 2.0, 1e3, 0.25])


def instance(rng, depth=0):
    kind = rng.randrange(5 if depth > 2 else 9)
    if kind == 0:
        return None
    if kind == 1:
        return rng.random() < 0.5
    if kind == 2:
        return number(rng)
    if kind in (3, 4):
        return rng.choice(TEXTS)
    if kind in (5, 6):
        return [instance(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {
        name: instance(rng, depth + 1) for name in rng.sample(NAMES, rng.randrange(4))
    }


class Schemas:
    def __init__(self, rng):
        self.rng = rng
        self.refs = ["#/$defs/%d" % index for index in range(3)]

    def document(self):
        schema = self.keywords(0)
        schema["$defs"] = {str(index): self.schema(2) for index in range(3)}
        return schema

    def schema(self, depth):
        if self.rng.random() < 0.08:
            return self.rng.random() < 0.6
        return self.keywords(depth)

    def keywords(self, depth):
        makers = [
            self.type, self.const, self.enum, self.numbers, self.texts, self.arrays, self.objects,
        ]
        if depth < 4:
            makers += [
                self.children, self.members, self.contains, self.logic, self.condition, self.names,
                self.dependent, self.unevaluated, self.children, self.members, self.unevaluated,
            ]
        schema = {}
        for maker in self.rng.sample(makers, self.rng.randrange(1, 4)):
            maker(schema, depth + 1)
        if depth < 2 and self.rng.random() < 0.3:
            schema["$ref"] = self.rng.choice(self.refs)
        return schema

    def type(self, schema, _):
        names = ["null", "boolean", "object", "array", "number", "string", "integer"]
        count = self.rng.randrange(1, 4)
        picked = self.rng.sample(names, count)
        schema["type"] = picked[0] if count == 1 else picked

    def const(self, schema, _):
        schema["const"] = instance(self.rng, 2)

    def enum(self, schema, _):
        schema["enum"] = [instance(self.rng, 2) for _ in range(self.rng.randrange(1, 4))]

    def numbers(self, schema, _):
        for name in self.rng.sample(
            ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], 2
        ):
            schema[name] = number(self.rng)
        if self.rng.random() < 0.4:
            schema["multipleOf"] = self.rng.choice([1, 2, 0.5, 3, 0.25])

    def texts(self, schema, _):
        schema[self.rng.choice(["minLength", "maxLength"])] = self.rng.randrange(4)
        if self.rng.random() < 0.5:
            schema["pattern"] = self.rng.choice(PATTERNS)

    def arrays(self, schema, _):
        schema[self.rng.choice(["minItems", "maxItems"])] = self.rng.randrange(4)
        if self.rng.random() < 0.3:
            schema["uniqueItems"] = True

    def objects(self, schema, _):
        schema[self.rng.choice(["minProperties", "maxProperties"])] = self.rng.randrange(4)
        if self.rng.random() < 0.5:
            schema["required"] = self.rng.sample(NAMES, self.rng.randrange(3))

    def children(self, schema, depth):
        if self.rng.random() < 0.6:
            schema["items"] = self.schema(depth)
        if self.rng.random() < 0.6:
            schema["prefixItems"] = [self.schema(depth) for _ in range(self.rng.randrange(1, 3))]

    def members(self, schema, depth):
        picked = self.rng.sample(NAMES, self.rng.randrange(1, 3))
        schema["properties"] = {name: self.schema(depth) for name in picked}
        if self.rng.random() < 0.4:
            schema["patternProperties"] = {self.rng.choice(PATTERNS): self.schema(depth)}
        if self.rng.random() < 0.3:
            schema["additionalProperties"] = self.schema(depth)

    def contains(self, schema, depth):
        schema["contains"] = self.schema(depth)
        if self.rng.random() < 0.4:
            schema["minContains"] = self.rng.randrange(3)
        if self.rng.random() < 0.3:
            schema["maxContains"] = self.rng.randrange(1, 3)

    def logic(self, schema, depth):
        name = self.rng.choice(["allOf", "anyOf", "oneOf", "not"])
        if name == "not":
            schema[name] = self.schema(depth)
        else:
            schema[name] = [self.schema(depth) for _ in range(self.rng.randrange(1, 4))]

    def condition(self, schema, depth):
        schema["if"] = self.schema(depth)
        for name in ("then", "else"):
            if self.rng.random() < 0.7:
                schema[name] = self.schema(depth)

    def names(self, schema, depth):
        schema["propertyNames"] = self.schema(depth)

    def dependent(self, schema, depth):
        if self.rng.random() < 0.5:
            schema["dependentSchemas"] = {self.rng.choice(NAMES): self.schema(depth)}
        else:
            schema["dependentRequired"] = {
                self.rng.choice(NAMES): self.rng.sample(NAMES, self.rng.randrange(3))
            }

    def unevaluated(self, schema, depth):
        if self.rng.random() < 0.6:
            schema["unevaluatedProperties"] = self.schema(depth)
        else:
            schema["unevaluatedItems"] = self.schema(depth)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", required=True)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    verdicts = [0, 0]
    with open(arguments.write, "w", encoding="utf-8") as output:
        for _ in range(arguments.cases):
            schema = Schemas(rng).document()
            validator = Draft202012Validator(schema)
            for _ in range(5):
                value = instance(rng)
                try:
                    verdict = validator.is_valid(value)
                except RecursionError:
                    continue
                verdicts[verdict] += 1
                output.write(
                    json.dumps({"schema": schema, "value": value, "valid": verdict}) + "\n"
                )
    print(f"{sum(verdicts)} instances: {verdicts[1]} right, {verdicts[0]} wrong")


if __name__ == "__main__":
    main()
