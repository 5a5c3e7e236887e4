/// How models refuse, by language, in folded text.
enum RefusalPhrases {
  static let all = [
    english, german, french, spanish, portuguese, italian, chinese, japanese, russian, others,
  ]

  private static let english = PhraseSource(
    #"""
    \b(?:i|we)(?: \w+)? ?{cannot}(?: \w+){0,2}? {acts}\b
    \bi (?:must|have to|need to|will have to)(?: \w+ly)? (?:decline|refuse|pass)\b
    \bi(?: am|'m) going to have to(?: \w+ly)? (?:decline|refuse|pass)\b
    \bi (?:decline|refuse) to\b
    just an ai (?:and|so i|, so i) {cannot}
    against my (?:\w+ )?(?:guidelines|polic|rules|principles|programming)
    my (?:guidelines|policies|rules|programming) (?:prevent|prohibit|forbid|do(?: not|n't) allow)
    request (?:violates|goes against)
    request (?:was |has been |is )?(?:declined|denied)\b
    as an? {ai}[^.]{0,60}\bi(?: am|'m)? (?:cannot|can't|do(?: not|n't) have personal|(?:not |\#
    un)able)
    as an? {ai}[^.]{0,60}not (?:allowed|able|permitted)
    not something i(?: am able to| can| will|'m able to)
    isn't something i(?: do| can| will)
    \bi(?:'m| am) not comfortable|\bi do(?: not|n't) feel comfortable
    \bi(?:'d| would) (?:rather|prefer) not
    would be (?:inappropriate|unethical|irresponsible|wrong) (?:for me|of me)
    \bi do(?: not|n't) (?:provide|give|offer) (?:legal|medical|financial)
    outside(?: of)? what i(?:'m| am) (?:permitted|allowed|able)
    """#,
    words: [
      "ai": "ai artificial language_model large_language_model",
      "cannot": """
      can't cannot can_not won't will_not cannot_and_will_not am_unable_to 'm_unable_to
      am_not_able_to 'm_not_able_to am_not_allowed_to 'm_not_allowed_to am_not_permitted_to
      'm_not_permitted_to don't_have_the_ability_to do_not_have_the_ability_to am_not_going_to
      'm_not_going_to am_not_authorized_to
      """,
      "acts": """
      help assist provide give share write generate create produce fulfil fulfill comply answer
      respond discuss comment continue offer tell disclose reveal engage participate do_that do_this
      do_it do_so make_that complete process look_up browse support explain_how describe advise
      teach walk_you take_part role-?play impersonate facilitate plan show_you verify speculate
      """,
    ])

  private static let german = PhraseSource(
    #"""
    \bich (?:kann|darf|werde|möchte|will){few} (?:nicht|keine\w?){some} {acts}
    \b(?:dabei|damit|dazu|hierbei|das|daran) (?:kann|darf|möchte|werde|will) ich{few} \#
    nicht{few} {acts}
    \bbin ich{few} nicht in der lage|\bich bin{few} nicht in der lage
    \bmuss ich{some} (?:ablehnen|verweigern)|\bich muss{some} (?:ablehnen|verweigern)
    \bich lehne (?:es ab|diese|ihre|deine)
    gegen meine (?:richtlinien|regeln|grundsätze|vorgaben)
    als (?:ki|künstliche|sprachmodell|ki-sprachmodell)[^.]{0,40} (?:kann|darf) ich
    """#,
    words: [
      "acts": """
      helfen geben beantworten schreiben bereitstellen unterstützen bearbeiten erstellen weitergeben
      teilen mitwirken anbieten verraten erfüllen nachkommen besprechen nennen
      """
    ])

  private static let french = PhraseSource(
    #"""
    \bje ne (?:peux|pourrai|puis|suis|vais|souhaite|saurais)(?: pas)?{some} (?:\w+')?{acts}
    \bje refuse d|\bje (?:dois|préfère) (?:refuser|décliner|ne pas)
    à l'encontre de mes|contraire à mes (?:règles|principes|directives)
    en tant qu[e'][^.]{0,60}je ne
    il m'est impossible d
    """#,
    words: [
      "acts": """
      aider fournir répondre donner écrire rédiger partager discuter traiter créer continuer
      satisfaire aborder parler expliquer assister
      """
    ])

  private static let spanish = PhraseSource(
    #"""
    \bno (?:puedo|podré|voy a|me es posible|estoy autorizad[oa]|estoy en condiciones){few} {acts}
    \bdebo (?:rechazar|declinar|negarme)
    (?:infringe|viola|contra|contraviene) (?:a )?mis (?:normas|directrices|políticas|reglas)
    como (?:un )?(?:modelo de lenguaje|ia|inteligencia artificial)[^.]{0,40}\bno (?:puedo|doy)
    """#,
    words: [
      "acts": """
      ayudar proporcionar darte darle dar escribir compartir hablar responder cumplir generar crear
      ofrecer discutir facilitar atender continuar
      """
    ])

  private static let portuguese = PhraseSource(
    #"""
    \bnão (?:posso|consigo|poderei|vou|sou capaz de|tenho permissão para|me é possível){few} \#
    {acts}
    \b(?:preciso|devo|tenho que|tenho de) recusar
    viola (?:as )?minhas|contra (?:as )?minhas (?:diretrizes|regras|normas)
    como uma? (?:modelo de linguagem|ia|inteligência)[^.]{0,40}\bnão (?:posso|tenho|sou)
    """#,
    words: [
      "acts": """
      ajudar ajudá fornecer dar escrever compartilhar partilhar falar responder atender gerar criar
      discutir oferecer continuar
      """
    ])

  private static let italian = PhraseSource(
    #"""
    \bnon (?:posso|potrò|sono in grado di|mi è possibile|intendo|sono autorizzat[oa] a){few} \#
    {acts}
    \bdevo (?:rifiutare|declinare)|\bmi rifiuto di
    contro le mie (?:linee|regole|norme)|viola le mie
    in quanto (?:modello|ia|intelligenza)[^.]{0,40}\bnon (?:posso|ho|sono)
    """#,
    words: [
      "acts": """
      aiutar fornir scriver dar discuter risponder soddisfar generar crear condivider parlar offrir
      continuar
      """
    ])

  private static let chinese = PhraseSource(
    #"""
    我(?:们)?(?:现在|目前|也|恐怕)?{cannot}[^。！？，]{0,14}{acts}
    (?:必须|只能|不得不)拒绝|违反了?我的|不符合我的(?:准则|规定)
    作为(?:一个|一款|一名)?(?:人工智能|ai|语言模型|大型语言模型)[^。]{0,20}我?(?:不能|无法|不会)
    """#,
    words: [
      "cannot": "无法 不能 不会 不可以 没有办法 没办法 不便 不方便 不愿",
      "acts": """
      帮助 帮您 帮你 协助 提供 回答 编写 给出 完成 生成 讨论 参与 透露 满足 告诉 创作 撰写
      """,
    ])

  private static let japanese = PhraseSource(
    #"""
    {acts}(?:する)?(?:こと)?(?:は|が|を)?{cannot}
    お断り(?:します|いたします|致します|させていただ)
    (?:ガイドライン|ポリシー|規約|規則)に(?:反する|違反)
    """#,
    words: [
      "cannot": "できません できかねます いたしかねます 致しかねます",
      "acts": """
      お応え お答え お手伝い ご協力 ご提供 お教え お伝え 回答 提供 作成 生成 対応 ご案内 お話し
      """,
    ])

  private static let russian = PhraseSource(
    #"""
    {start}я не (?:могу|буду|смогу|вправе|в состоянии|имею права){few} {acts}
    вынужден[аы]? (?:отказать|отклонить)|противоречит моим|нарушает мои
    как (?:языковая модель|ии|искусственный интеллект)[^.]{0,30} я не
    """#,
    words: [
      "acts": """
      помочь помогать предоставить выполнить ответить обсуждать писать дать написать создать
      поделиться рассказать продолжать раскрыть
      """
    ])

  private static let others = PhraseSource(
    #"""
    \bik (?:kan|mag|zal|wil){few} (?:niet|geen){some} {dutch}
    \b(?:daar|hier|dat)(?: [^ ]+)? (?:kan|mag|zal) ik{few} niet
    \bnie (?:mogę|jestem w stanie|będę){few} {polish}
    \bjag kan(?: [^ ]+)? inte{few} (?:hjälpa|ge|svara|skriva|tillhandahålla)
    yardımcı olamam|yardım edemem|yerine getiremem|yanıtlayamam
    {korean} 수 없
    """#,
    words: [
      "dutch": "helpen geven schrijven beantwoorden verstrekken delen",
      "polish": "pomóc podać udzielić napisać odpowiedzieć udostępnić spełnić",
      "korean": "도와드릴 도와줄 도울 제공할 제공해_드릴 답변드릴 답변할 작성할 말씀드릴 알려드릴",
    ])
}
