/// How texts try to take over the model that reads them, by language, in folded text.
enum InjectionPhrases {
  static let all = [
    tokens, override, secrets, freedom, machines, german, french, spanish, portuguese, italian,
    chinese, japanese, russian, others,
  ]

  /// Marks of chat templates, which no person writes into a question.
  private static let tokens = PhraseSource(
    #"""
    <\|(?:im_start|im_end|system|endoftext|start_header_id)\|>
    </?system>|\[/?inst\]|<</?sys>>|### ?system:
    <!-- ?(?:assistant|ai|llm|system|model)\b
    """#)

  private static let override = PhraseSource(
    #"""
    \b{ignore}(?: \w+){0,3}? {old}(?: \w+){0,2}? {orders}\b
    \b{ignore} (?:all |any )?(?:the |your )?{orders} (?:above|before|you (?:were|have been) given)
    \b(?:ignore|disregard|forget) (?:everything|anything|all|any text)(?: \w+){0,3} (?:above|\#
    before|after this|told|said)
    \b(?:ignore|disregard)(?: \w+){0,2} (?:rules|guidelines|policies|instructions)(?: \#
    \w+){0,3} (?:developers?|creators?|openai|given to you|gave you)
    \b(?:ignore|disregard)(?: \w+){0,2} user'?s? (?:question|request|message)
    \byour (?:\w+ )?(?:previous|prior|old|original|earlier) {orders} (?:are|is) (?:\w+ \#
    )?(?:void|invalid|cancel|obsolete|no longer)
    \boverrid(?:e|es|ing) (?:all|any|every|your|the) (?:\w+ )?(?:previous|earlier|prior|other|\#
    safety|content|system)
    \b(?:obey|follow|execute|comply with) (?:only )?(?:the|these|my|this) (?:new \#
    )?(?:instructions?|message|orders?)(?: \w+)? (?:instead|only|and nothing else|and no other|\#
    below and nothing)
    \b(?:do not|don't|never) (?:follow|obey) (?:the|your|any) (?:\w+ ){0,3}?(?:system|\#
    developer|original)
    \b(?:begin|start of)?(?: )?new (?:system )?(?:instructions?|message|prompt): ?\w+
    \bsystem (?:override|overwrite)\b
    \byour (?:real|true|actual|new) (?:task|job|goal|instructions?) (?:is|are)
    \binstead of your (?:task|instructions|job)
    """#,
    words: [
      "ignore": "ignore disregard forget override overrule bypass neglect skip discard",
      "old": """
      previous prior above earlier preceding initial original foregoing former system developer's
      existing
      """,
      "orders": """
      instructions? prompts? directions? rules? messages? guidelines? commands? context directives?
      orders?
      """,
    ])

  private static let secrets = PhraseSource(
    #"""
    \b{show}(?: \S+){0,7}? (?:your|its) (?:\w+ ){0,2}?{secret}
    \b{show}(?: \S+){0,4}? (?:the )?(?:hidden|secret|confidential|initial|original) (?:system \#
    )?{secret}
    \b{show}(?: \S+){0,4}? (?:the )?system (?:prompt|message)(?: \w+){0,2} (?:you|above|that)
    \bwhat (?:were|are|is|was) your (?:exact|initial|original|secret|system|hidden|full)\b
    \brepeat (?:everything|all|the (?:text|words|lines?))(?: \w+){0,2} (?:above|before)
    \b(?:print|output|send|reveal|leak|dump)(?: \w+){0,3}? (?:secrets|credentials|api keys?|\#
    passwords|user records)
    \b(?:send|forward|post|upload)(?: \S+){0,4}? (?:conversation|chat history|email address|\#
    user data)(?: \w+)? to \S+\.\S
    """#,
    words: [
      "show": """
      print show reveal repeat output tell write summari[sz]e display give leak expose share recite
      return
      """,
      "secret": """
      prompt system_prompt system_message instructions configuration rules guidelines
      """,
    ])

  private static let freedom = PhraseSource(
    #"""
    \byou are (?:now|no longer) (?:dan\b|an assistant|an? \w+ (?:ai|model)|bound|restricted|free)
    \b(?:act|answer|respond|behave|reply|speak|you act)(?: \S+){0,6}? (?:without|with no|free \#
    of) (?:any )?{limits}
    \b(?:ai|model|assistant|bot)(?: \w+){0,3}? (?:without|with no) (?:any )?{limits}
    \b(?:had|have|has) no (?:content )?{limits}\b
    \bpretend (?:that )?(?:your|there are no|you have no) (?:\w+ )?{limits}
    \byour (?:usual |content |safety )?{limits} (?:do not|don't|no longer) (?:exist|apply)
    {limits} (?:do not|don't|no longer) apply to you
    \b(?:turn off|disable|bypass|remove|evade|circumvent|drop|ignore) (?:all |any )?(?:of \#
    )?(?:your )?(?:\w+ )?(?:safety|content|security|moderation) (?:settings?|filters?|checks?|\#
    polic\w+|rules|guidelines|restrictions)
    \b(?:bypass|disable|ignore|evade) your {limits}
    \bin (?:developer|debug|god|dan) mode,? (?:you|answer|ignore)
    \bjailbreak mode|\bdo anything now\b|\bcan do anything\b|\bunrestricted (?:answers|mode|ai)\b
    \b(?:your|the) (?:developers?|creators?)(?: \w+){0,2} (?:lied|forbade|wrong about)
    \bi(?:'m| am) your (?:developer|creator|administrator)\b
    \bgranted you (?:full|all|root|admin)
    \byou (?:can|may|must|should) (?:now )?(?:break|ignore) (?:the|your|all|any) (?:\w+ \#
    )?(?:rules|guidelines|policies)
    \bdrop your role\b|\bwithout (?:refusal|refusing|any warnings?)
    """#,
    words: [
      "limits": """
      restrictions? limits? limitations? rules? filters? guidelines? ethics morals? policy policies
      censorship content_policy content_filters?
      """
    ])

  /// Words for the machine that reads a page, hidden from the people who do.
  private static let machines = PhraseSource(
    #"""
    \b(?:note|message|instructions?|attention|notice|hidden text|important)(?: (?:to|\#
    for))?:?(?: (?:the|any|all))? {machine}
    \bif you are an? {machine}
    \b{machine}(?: that (?:is|are))? reading this
    \b(?:assistant|ai|llm|chatgpt)[,:] (?:please )?(?:ignore|disregard|reply|respond|say|\#
    insert|recommend|do not)
    \bdo(?: not|n't) tell the user\b
    """#,
    words: [
      "machine": "language_models? llms? ai_models? ai_systems? ai_assistants? ais? ai chatbots?"
    ])

  private static let german = PhraseSource(
    #"""
    \b{ignore}(?: \S+){0,3}? (?:bisherigen?|vorherigen?|obigen?|früheren?|ursprünglichen?) \#
    {orders}
    \b{ignore} (?:alles|alle)[ ,](?: ?\S+){0,5} (?:vorher|bisher|zuvor|oben|gesagt)
    \b{ignore}(?: \S+){0,3}? (?:entwickler|betreiber|systemprompt)
    \b{show}(?: \S+){0,6}? (?:deinen?|deine) (?:\S+ )?(?:systemprompt|system-prompt|{orders})
    \b(?:ki|modell|assistent|bot) ohne (?:einschränkungen|regeln|grenzen|filter)
    antworte[^.]{0,40} ohne (?:regeln|einschränkungen|filter)
    \b(?:umgehe|deaktiviere|ignoriere) deine (?:\S+ )?(?:sicherheits|inhalts|filter|\#
    richtlinien|regeln)
    (?:hinweis|nachricht|anweisung) an (?:das|die|alle|den) (?:sprachmodell|ki|llm|assistent)
    """#,
    words: [
      "ignore": "ignoriere? vergiss missachte? vergesse",
      "orders": "anweisungen instruktionen vorgaben regeln befehle",
      "show": "zeige? gib wiederhole verrate nenne drucke",
    ])

  private static let french = PhraseSource(
    #"""
    \b{ignore}(?: \S+){0,3}? {orders} (?:précédentes?|antérieures?|initiales?|ci-dessus)
    \boublie[zr]? (?:tout|toutes)[^.]{0,40}(?:avant|dit|précéd)
    \b{ignore}(?: \S+){0,3}? {orders} (?:de|des) (?:tes |vos )?(?:développeurs|créateurs)
    ne tiens pas compte (?:de|des)(?: \S+)? (?:{orders}|développeurs)
    \b{show}(?: \S+){0,5}? (?:ton|tes|votre|vos) (?:\S+ )?(?:prompt|{orders})
    \b(?:ia|modèle|assistant|bot)(?: \S+)? sans (?:aucune )?(?:restrictions?|règles?|limites?|\#
    filtres?)
    réponds[^.]{0,30} sans (?:aucune )?(?:restrictions?|règles?|limites?|filtres?)
    \b(?:contourne|désactive|ignore) (?:tes|vos) (?:filtres|règles|protections|directives)
    (?:note|message|instruction) (?:pour|à|au) (?:le |la |l')?(?:modèle|ia|assistant|llm)
    """#,
    words: [
      "ignore": "ignore ignorez oublie oubliez néglige",
      "orders": "instructions consignes règles directives ordres",
      "show": "affiche montre révèle répète donne écris",
    ])

  private static let spanish = PhraseSource(
    #"""
    \b{ignore}(?: \S+){0,3}? {orders} (?:anteriores?|previas?|previos?|iniciales?)
    \bolvida(?:te)?(?: de)? todo[^.]{0,40}(?:antes|dij|dicho|anterior)
    \b(?:haz caso omiso de|ignora|no sigas)(?: \S+){0,3}? (?:{orders}|\#
    desarrolladores)[^.]{0,25}(?:tus|desarrolladores|creadores)
    \b{show}(?: \S+){0,5}? (?:tu|tus) (?:\S+ )?(?:prompt|{orders})
    \b(?:ia|modelo|asistente|bot) sin (?:restricciones|reglas|límites|filtros)
    responde[^.]{0,30} sin (?:restricciones|reglas|límites|filtros)
    \b(?:elude|evita|desactiva|ignora|salta) tus (?:filtros|reglas|protecciones|restricciones|\#
    normas)
    (?:nota|mensaje|instrucción) para (?:el |la )?(?:modelo|ia|asistente|llm)
    """#,
    words: [
      "ignore": "ignora ignore olvida descarta",
      "orders": "instrucciones órdenes reglas normas directrices indicaciones",
      "show": "muéstrame muestra repite revela dime imprime escribe",
    ])

  private static let portuguese = PhraseSource(
    #"""
    \b{ignore}(?: \S+){0,3}? {orders} (?:anteriores?|prévias?|iniciais)
    \besqueça tudo[^.]{0,40}(?:antes|dito|disse|anterior)
    \b{ignore}(?: \S+){0,3}? {orders}[^.]{0,20}(?:desenvolvedores|criadores)
    \b{show}(?: \S+){0,5}? (?:o seu|seu|suas|as suas|teu) (?:\S+ )?(?:prompt|{orders})
    \b(?:ia|modelo|assistente|bot) sem (?:restrições|regras|limites|filtros)
    responda[^.]{0,30} sem (?:restrições|regras|limites|filtros)
    \b(?:burle|contorne|desative|ignore) (?:os |as )?(?:seus|suas|teus) (?:filtros|regras|\#
    proteções|restrições)
    (?:nota|mensagem|instrução) para (?:o |a )?(?:modelo|ia|assistente|llm)
    """#,
    words: [
      "ignore": "ignore ignora esqueça desconsidere descarte",
      "orders": "instruções ordens regras diretrizes normas",
      "show": "mostre repita revele exiba diga escreva imprima",
    ])

  private static let italian = PhraseSource(
    #"""
    \b{ignore}(?: \S+){0,3}? {orders} (?:precedenti|iniziali|anteriori|di sopra)
    \bdimentica tutto[^.]{0,40}(?:prima|detto|precedent)
    (?:non tenere conto|ignora|trascura)(?: \S+){0,3}? {orders}[^.]{0,20}(?:sviluppatori|creatori)
    \b{show}(?: \S+){0,5}? (?:il tuo|tuo|le tue|tue) (?:\S+ )?(?:prompt|{orders})
    (?:ia|modello|assistente|bot) senza (?:restrizioni|regole|limiti|filtri)
    rispondi[^.]{0,30} senza (?:restrizioni|regole|limiti|filtri)
    \b(?:aggira|disattiva|ignora) i tuoi (?:filtri|limiti|controlli)|\bignora le tue (?:regole|\#
    linee)
    (?:nota|messaggio|istruzione) per (?:il |la |l')?(?:modello|ia|assistente|llm)
    """#,
    words: [
      "ignore": "ignora dimentica trascura",
      "orders": "istruzioni ordini regole direttive",
      "show": "mostrami mostra ripeti rivela dimmi stampa scrivi",
    ])

  private static let chinese = PhraseSource(
    #"""
    (?:忽略|无视|忘记|忘掉|不要理会)[^。！？]{0,8}(?:之前|以上|先前|前面|此前|上面|所有)[^。！？]{0,6}(?:指令|指示|命令|规则|提示|内容|要求|一切)
    (?:忘记|忘掉)[^。！？]{0,8}(?:被告知|说过|告诉)
    (?:无视|忽略|违反)[^。！？]{0,6}(?:开发者|开发人员|系统)[^。！？]{0,6}(?:规则|指令|限制|要求)
    (?:显示|输出|告诉我|打印|泄露|重复|复述|说出)[^。！？]{0,8}(?:你的|您的)[^。！？]{0,6}(?:系统提示|提示词|初始|原始|指令|系统消息)
    (?:没有|不受)(?:任何)?(?:规则)?(?:限制|约束)的(?:人工智能|ai|助手|模型)|不受任何(?:规则)?(?:限制|约束)
    (?:绕过|关闭|禁用)(?:你的|您的)[^。！？]{0,6}(?:安全|过滤|审查|限制)
    (?:致|给)(?:语言模型|人工智能|ai|大模型|助手)
    """#)

  private static let japanese = PhraseSource(
    #"""
    (?:これまで|以前|前|上記|先)の(?:すべての|全ての)?(?:指示|命令|ルール|指令)[^。！？]{0,8}(?:無視|忘れ)
    (?:以前|これまで|前)に[^。！？]{0,10}(?:すべて|全て|全部)(?:忘れ|無視)
    (?:開発者|運営|システム)[^。！？]{0,8}(?:ルール|指示|命令|規則)[^。！？]{0,4}無視
    (?:あなたの|最初の|元の|初期の)(?:システム)?(?:プロンプト|指示|命令)[^。！？]{0,12}(?:表示|繰り返|教え|出力|見せ)
    システムプロンプトを(?:表示|出力|教え|見せ|公開)
    (?:制限|制約|ルール)の?(?:ない|無い|なし)(?:の|で)?(?:ai|人工知能|アシスタント|モデル|答え|回答)
    (?:安全|コンテンツ|セーフティ)?フィルター?を(?:回避|無効|解除)
    (?:言語モデル|ai|アシスタント)へ(?:の指示)?[:：]
    """#)

  private static let russian = PhraseSource(
    #"""
    {ignore}(?: \S+){0,3}? (?:предыдущие|прежние|прошлые|начальные|вышеуказанные) {orders}
    забудь(?:те)? вс[её][^.]{0,40}(?:раньше|говорили|сказал|прежде|до этого)
    (?:{ignore}|не обращай внимания на)(?: \S+){0,3}? {orders}[^.]{0,20}(?:разработчик|создател)
    {show}(?: \S+){0,5}? (?:свой|свои|твой|твои|ваш|ваши) (?:\S+ )?(?:промпт|{orders})
    (?:ии|модель|ассистент|бот) без (?:ограничений|правил|фильтров|цензуры)
    (?:отвечай|ответь)[^.]{0,30} без (?:ограничений|правил|фильтров|цензуры)
    (?:обойди|отключи|игнорируй) (?:свои|твои) (?:фильтры|правила|ограничения|защит)
    (?:сообщение|примечание|инструкция) для (?:языковой модели|ии|модели|ассистента)
    """#,
    words: [
      "ignore": "игнорируй игнорируйте забудь отбрось проигнорируй",
      "orders": "инструкции указания правила команды",
      "show": "покажи выведи раскрой повтори напиши скажи",
    ])

  private static let others = PhraseSource(
    #"""
    \bnegeer(?: \S+){0,2}? (?:vorige|eerdere|bovenstaande) (?:instructies|opdrachten|regels)
    \b(?:zignoruj|zapomnij)(?: \S+){0,2}? (?:poprzednie|wcześniejsze) (?:polecenia|instrukcje)
    (?:이전|앞)의? ?(?:모든 )?(?:지시|명령|지침)[^.]{0,6}무시
    önceki (?:tüm |bütün )?(?:talimat|komut)\w*[^.]{0,10}(?:yok say|görmezden|unut)
    \bignorera(?: \S+){0,2}? (?:tidigare|föregående) instruktioner
    """#)
}
