/// A few sentences of each language, written for this project, from which its profile is made.
enum LanguageSamples {
  static let latin: [(language: String, text: String)] = [
    (
      "en",
      """
      The people of the town have been waiting for this day since the end of the summer, when \
      the first boats came back with their holds full. There is nothing you can do about the \
      weather, but you should always take a coat with you and tell somebody where you are \
      going. I think that he would have come if they had asked him, because he was the only \
      one who knew how it works. What are we going to do with all these things? She said it \
      was not her fault and that she did not want to hear any more about it. Please write down \
      what your answer is and which of the two you like better. This is how it is done: open \
      the file, read every line, and return the value. Thank you very much for your help, we \
      will let you know as soon as we can. Some of them could not find their way home after \
      the show, so the driver took them there. Could you please check whether it works before \
      we go? It has to be done today, not tomorrow.
      """
    ),
    (
      "de",
      """
      Die Leute in der Stadt haben seit dem Ende des Sommers auf diesen Tag gewartet, als die \
      ersten Boote mit vollen Netzen zurückkamen. Gegen das Wetter kann man nichts machen, \
      aber du solltest immer eine Jacke mitnehmen und jemandem sagen, wohin du gehst. Ich \
      glaube, dass er gekommen wäre, wenn sie ihn gefragt hätten, denn er war der Einzige, der \
      wusste, wie es funktioniert. Was sollen wir mit all diesen Sachen tun? Sie sagte, es sei \
      nicht ihre Schuld und sie wolle nichts mehr davon hören. Bitte schreiben Sie auf, was \
      Ihre Antwort ist und welches von beiden Ihnen besser gefällt. So wird es gemacht: Öffne \
      die Datei, lies jede Zeile und gib den Wert zurück. Vielen Dank für Ihre Hilfe, wir \
      melden uns, sobald wir können. Einige von ihnen fanden nach der Vorstellung nicht nach \
      Hause, also brachte sie der Fahrer hin. Können Sie bitte noch prüfen, ob das auch \
      wirklich geht? Es muss heute sein.
      """
    ),
    (
      "fr",
      """
      Les gens de la ville attendent ce jour depuis la fin de l'été, quand les premiers \
      bateaux sont revenus avec les cales pleines. On ne peut rien faire contre le temps, mais \
      tu devrais toujours prendre un manteau avec toi et dire à quelqu'un où tu vas. Je pense \
      qu'il serait venu s'ils le lui avaient demandé, parce qu'il était le seul à savoir \
      comment cela marche. Qu'est-ce que nous allons faire de toutes ces choses ? Elle a dit \
      que ce n'était pas sa faute et qu'elle ne voulait plus en entendre parler. Écrivez votre \
      réponse, s'il vous plaît, et laquelle des deux vous préférez. Voici comment on fait : \
      ouvrez le fichier, lisez chaque ligne et renvoyez la valeur. Merci beaucoup pour votre \
      aide, nous vous dirons dès que nous pourrons. Certains d'entre eux n'ont pas trouvé le \
      chemin de la maison, alors le chauffeur les y a conduits. Il faut que ce soit fait \
      aujourd'hui, pas demain, et c'est très important.
      """
    ),
    (
      "es",
      """
      La gente del pueblo espera este día desde el final del verano, cuando volvieron los \
      primeros barcos con las bodegas llenas. No se puede hacer nada contra el tiempo, pero \
      siempre deberías llevar un abrigo contigo y decirle a alguien adónde vas. Creo que él \
      habría venido si se lo hubieran pedido, porque era el único que sabía cómo funciona. \
      ¿Qué vamos a hacer con todas estas cosas? Ella dijo que no era culpa suya y que no \
      quería oír nada más sobre eso. Escriba por favor cuál es su respuesta y cuál de los dos \
      le gusta más. Así se hace: abre el archivo, lee cada línea y devuelve el valor. Muchas \
      gracias por su ayuda, le avisaremos en cuanto podamos. Algunos de ellos no encontraron \
      el camino a casa después de la función, así que el conductor los llevó hasta allí. \
      ¿Puedes comprobar si está bien antes de irnos? Hay que hacerlo hoy, no mañana, y es muy \
      importante para todos nosotros.
      """
    ),
    (
      "pt",
      """
      As pessoas da cidade esperam por este dia desde o fim do verão, quando os primeiros \
      barcos voltaram com os porões cheios. Não se pode fazer nada contra o tempo, mas você \
      deveria sempre levar um casaco e dizer a alguém para onde vai. Acho que ele teria vindo \
      se lhe tivessem pedido, porque era o único que sabia como isso funciona. O que vamos \
      fazer com todas estas coisas? Ela disse que não era culpa dela e que não queria ouvir \
      mais nada sobre isso. Escreva por favor qual é a sua resposta e de qual dos dois você \
      gosta mais. É assim que se faz: abra o arquivo, leia cada linha e devolva o valor. Muito \
      obrigado pela sua ajuda, avisaremos assim que pudermos. Alguns deles não encontraram o \
      caminho de casa depois da sessão, então o motorista os levou até lá. Você pode verificar \
      se está tudo bem antes de irmos? Isso tem de ser feito hoje, não amanhã, e também é \
      muito importante para nós.
      """
    ),
    (
      "it",
      """
      La gente della città aspetta questo giorno dalla fine dell'estate, quando le prime \
      barche sono tornate con le stive piene. Contro il tempo non si può fare niente, ma \
      dovresti sempre portare un cappotto con te e dire a qualcuno dove vai. Credo che sarebbe \
      venuto se glielo avessero chiesto, perché era l'unico che sapeva come funziona. Che cosa \
      facciamo con tutte queste cose? Lei ha detto che non era colpa sua e che non voleva più \
      sentirne parlare. Scriva per favore qual è la sua risposta e quale dei due le piace di \
      più. Si fa così: apri il file, leggi ogni riga e restituisci il valore. Grazie mille per \
      il vostro aiuto, vi faremo sapere appena possiamo. Alcuni di loro non hanno trovato la \
      strada di casa dopo lo spettacolo, quindi l'autista li ha portati lì. Puoi controllare \
      se va bene prima di andare? Deve essere fatto oggi, non domani, ed è molto importante \
      anche per gli altri.
      """
    ),
    (
      "nl",
      """
      De mensen in de stad wachten al sinds het einde van de zomer op deze dag, toen de eerste \
      boten met volle ruimen terugkwamen. Tegen het weer kun je niets doen, maar je moet \
      altijd een jas meenemen en iemand vertellen waar je naartoe gaat. Ik denk dat hij \
      gekomen was als ze het hem hadden gevraagd, want hij was de enige die wist hoe het \
      werkt. Wat gaan we met al deze dingen doen? Ze zei dat het niet haar schuld was en dat \
      ze er niets meer over wilde horen. Schrijf alstublieft op wat uw antwoord is en welke \
      van de twee u mooier vindt. Zo wordt het gedaan: open het bestand, lees elke regel en \
      geef de waarde terug. Hartelijk dank voor uw hulp, we laten het weten zodra we kunnen. \
      Sommigen van hen konden na de voorstelling de weg naar huis niet vinden, dus bracht de \
      chauffeur ze erheen. Kunt u nog even kijken of het goed gaat? Het moet vandaag, niet \
      morgen, en het is heel belangrijk voor ons.
      """
    ),
    (
      "sv",
      """
      Folket i staden har väntat på den här dagen sedan slutet av sommaren, när de första \
      båtarna kom tillbaka med fulla lastrum. Man kan inte göra något åt vädret, men du borde \
      alltid ta med dig en jacka och berätta för någon vart du ska. Jag tror att han hade \
      kommit om de hade frågat honom, för han var den ende som visste hur det fungerar. Vad \
      ska vi göra med alla de här sakerna? Hon sade att det inte var hennes fel och att hon \
      inte ville höra mer om det. Skriv ner vad ditt svar är och vilken av de två du tycker \
      bäst om. Så här gör man: öppna filen, läs varje rad och lämna tillbaka värdet. Tack så \
      mycket för hjälpen, vi hör av oss så fort vi kan. Några av dem hittade inte hem efter \
      föreställningen, så föraren körde dem dit. Kan du kolla att det går bra innan vi går? \
      Det måste göras i dag, inte i morgon, och det är mycket viktigt.
      """
    ),
    (
      "da",
      """
      Folk i byen har ventet på denne dag siden slutningen af sommeren, da de første både kom \
      tilbage med fulde lastrum. Man kan ikke gøre noget ved vejret, men du bør altid tage en \
      jakke med og sige til nogen, hvor du går hen. Jeg tror, at han ville være kommet, hvis \
      de havde spurgt ham, for han var den eneste, der vidste, hvordan det virker. Hvad skal \
      vi gøre med alle de her ting? Hun sagde, at det ikke var hendes skyld, og at hun ikke \
      ville høre mere om det. Skriv, hvad dit svar er, og hvilken af de to du bedst kan lide. \
      Sådan gør man: åbn filen, læs hver linje, og giv værdien tilbage. Mange tak for hjælpen, \
      vi siger til, så snart vi kan. Nogle af dem kunne ikke finde hjem efter forestillingen, \
      så chaufføren kørte dem derhen. Kan du lige se efter, om det går godt, før vi går? Det \
      skal gøres i dag, ikke i morgen, og det er meget vigtigt for os.
      """
    ),
    (
      "fi",
      """
      Kaupungin väki on odottanut tätä päivää kesän lopusta asti, jolloin ensimmäiset veneet \
      palasivat ruumat täynnä. Säälle ei voi mitään, mutta sinun pitäisi aina ottaa takki \
      mukaan ja kertoa jollekin, minne olet menossa. Luulen, että hän olisi tullut, jos \
      häneltä olisi kysytty, koska hän oli ainoa, joka tiesi, miten se toimii. Mitä me teemme \
      kaikilla näillä tavaroilla? Hän sanoi, ettei se ollut hänen vikansa ja ettei hän \
      halunnut kuulla siitä enempää. Kirjoita, mikä on vastauksesi ja kummasta pidät enemmän. \
      Näin se tehdään: avaa tiedosto, lue jokainen rivi ja palauta arvo. Paljon kiitoksia \
      avusta, ilmoitamme heti kun voimme. Jotkut heistä eivät löytäneet kotiin esityksen \
      jälkeen, joten kuljettaja vei heidät sinne. Voitko vielä tarkistaa, onko kaikki hyvin \
      ennen kuin lähdemme? Se on tehtävä tänään, ei huomenna, ja se on tärkeää.
      """
    ),
    (
      "pl",
      """
      Ludzie w mieście czekają na ten dzień od końca lata, kiedy pierwsze łodzie wróciły z \
      pełnymi ładowniami. Na pogodę nic nie można poradzić, ale zawsze powinieneś wziąć ze \
      sobą płaszcz i powiedzieć komuś, dokąd idziesz. Myślę, że przyszedłby, gdyby go o to \
      poprosili, bo był jedynym, który wiedział, jak to działa. Co zrobimy z tymi wszystkimi \
      rzeczami? Powiedziała, że to nie jej wina i że nie chce o tym więcej słyszeć. Proszę \
      napisać, jaka jest pana odpowiedź i który z dwóch bardziej się panu podoba. Robi się to \
      tak: otwórz plik, przeczytaj każdy wiersz i zwróć wartość. Dziękujemy bardzo za pomoc, \
      damy znać, jak tylko będziemy mogli. Niektórzy z nich nie znaleźli drogi do domu po \
      przedstawieniu, więc kierowca ich tam zawiózł. Czy możesz jeszcze sprawdzić, czy \
      wszystko jest dobrze? Trzeba to zrobić dzisiaj, a nie jutro.
      """
    ),
    (
      "cs",
      """
      Lidé ve městě čekají na tento den od konce léta, kdy se první lodě vrátily s plnými \
      podpalubími. Proti počasí se nedá nic dělat, ale vždycky by sis měl vzít kabát a říct \
      někomu, kam jdeš. Myslím, že by přišel, kdyby ho o to požádali, protože byl jediný, kdo \
      věděl, jak to funguje. Co budeme dělat se všemi těmi věcmi? Řekla, že to není její vina \
      a že už o tom nechce nic slyšet. Napište prosím, jaká je vaše odpověď a který ze dvou se \
      vám líbí více. Dělá se to takhle: otevři soubor, přečti každý řádek a vrať hodnotu. \
      Děkujeme moc za pomoc, dáme vám vědět, jakmile budeme moci. Někteří z nich po \
      představení nenašli cestu domů, takže je tam řidič odvezl. Můžeš ještě zkontrolovat, \
      jestli je všechno v pořádku, než půjdeme? Musí se to udělat dnes, ne zítra.
      """
    ),
    (
      "hu",
      """
      A város népe a nyár vége óta várja ezt a napot, amikor az első hajók tele rakománnyal \
      visszatértek. Az idő ellen nem lehet semmit tenni, de mindig vigyél magaddal kabátot, és \
      mondd meg valakinek, hová mész. Azt hiszem, eljött volna, ha megkérték volna rá, mert ő \
      volt az egyetlen, aki tudta, hogyan működik. Mit csináljunk ezzel a sok dologgal? Azt \
      mondta, hogy nem az ő hibája, és hogy nem akar többet hallani róla. Kérem, írja le, mi a \
      válasza, és melyik tetszik jobban a kettő közül. Így kell csinálni: nyisd meg a fájlt, \
      olvass el minden sort, és add vissza az értéket. Nagyon köszönjük a segítséget, szólunk, \
      amint tudunk. Néhányan nem találtak haza az előadás után, ezért a sofőr vitte el őket. \
      Meg tudod még nézni, hogy rendben van-e, mielőtt megyünk? Ezt ma kell megtenni, nem \
      holnap, és ez nagyon fontos nekünk.
      """
    ),
    (
      "ro",
      """
      Oamenii din oraș așteaptă această zi de la sfârșitul verii, când primele bărci s-au \
      întors cu calele pline. Împotriva vremii nu se poate face nimic, dar ar trebui să iei \
      mereu o haină cu tine și să spui cuiva unde te duci. Cred că ar fi venit dacă l-ar fi \
      rugat, pentru că era singurul care știa cum funcționează. Ce facem cu toate aceste \
      lucruri? Ea a spus că nu este vina ei și că nu mai vrea să audă nimic despre asta. \
      Scrieți vă rog care este răspunsul dumneavoastră și care dintre cele două vă place mai \
      mult. Așa se face: deschide fișierul, citește fiecare linie și întoarce valoarea. Vă \
      mulțumim mult pentru ajutor, vă anunțăm imediat ce putem. Unii dintre ei nu au găsit \
      drumul spre casă după spectacol, așa că șoferul i-a dus acolo. Poți să verifici dacă \
      este bine înainte să plecăm? Trebuie făcut azi, nu mâine.
      """
    ),
    (
      "tr",
      """
      Kasaba halkı, ilk teknelerin ambarları dolu olarak döndüğü yaz sonundan beri bu günü \
      bekliyor. Havaya karşı bir şey yapılamaz ama yanına her zaman bir ceket almalı ve nereye \
      gittiğini birine söylemelisin. Sanırım ona sorsalardı gelirdi, çünkü nasıl çalıştığını \
      bilen tek kişi oydu. Bütün bu şeylerle ne yapacağız? Bunun kendi suçu olmadığını ve bu \
      konuda daha fazla bir şey duymak istemediğini söyledi. Lütfen cevabınızın ne olduğunu ve \
      ikisinden hangisini daha çok beğendiğinizi yazın. Şöyle yapılır: dosyayı aç, her satırı \
      oku ve değeri geri ver. Yardımınız için çok teşekkür ederiz, en kısa zamanda size haber \
      vereceğiz. Bazıları gösteriden sonra evin yolunu bulamadı, bu yüzden şoför onları oraya \
      götürdü. Gitmeden önce iyi olup olmadığına bakar mısın? Bu bugün yapılmalı, yarın değil \
      ve bizim için çok önemli.
      """
    ),
    (
      "id",
      """
      Orang-orang di kota itu sudah menunggu hari ini sejak akhir musim panas, ketika \
      perahu-perahu pertama kembali dengan muatan penuh. Kita tidak bisa berbuat apa-apa \
      terhadap cuaca, tetapi kamu harus selalu membawa jaket dan memberi tahu seseorang ke \
      mana kamu pergi. Saya pikir dia akan datang kalau mereka memintanya, karena dia \
      satu-satunya yang tahu bagaimana cara kerjanya. Apa yang akan kita lakukan dengan semua \
      barang ini? Dia berkata bahwa itu bukan salahnya dan bahwa dia tidak mau mendengar lagi \
      tentang hal itu. Tolong tuliskan apa jawaban Anda dan mana dari keduanya yang lebih Anda \
      sukai. Begini caranya: buka berkas, baca setiap baris, dan kembalikan nilainya. Terima \
      kasih banyak atas bantuannya, kami akan mengabari secepatnya. Beberapa dari mereka tidak \
      dapat menemukan jalan pulang setelah pertunjukan, jadi sopir mengantar mereka ke sana. \
      Ini harus dilakukan hari ini, bukan besok.
      """
    ),
    (
      "vi",
      """
      Người dân trong thị trấn đã chờ ngày này từ cuối mùa hè, khi những chiếc thuyền đầu tiên \
      trở về đầy ắp. Không thể làm gì với thời tiết, nhưng bạn nên luôn mang theo áo khoác và \
      nói cho ai đó biết bạn đi đâu. Tôi nghĩ rằng anh ấy đã đến nếu họ hỏi anh ấy, vì anh ấy \
      là người duy nhất biết nó hoạt động như thế nào. Chúng ta sẽ làm gì với tất cả những thứ \
      này? Cô ấy nói rằng đó không phải là lỗi của cô ấy và cô ấy không muốn nghe thêm về điều \
      đó. Xin hãy viết ra câu trả lời của bạn và bạn thích cái nào hơn trong hai cái. Cách làm \
      như sau: mở tệp, đọc từng dòng và trả về giá trị. Cảm ơn rất nhiều vì sự giúp đỡ, chúng \
      tôi sẽ cho bạn biết ngay khi có thể. Một số người không tìm được đường về nhà nên tài xế \
      đã đưa họ đến đó. Việc này phải làm hôm nay.
      """
    ),
  ]

  static let cyrillic: [(language: String, text: String)] = [
    (
      "ru",
      """
      Люди в городе ждут этого дня с конца лета, когда первые лодки вернулись с полными \
      трюмами. С погодой ничего нельзя поделать, но тебе всегда следует брать с собой куртку и \
      говорить кому-нибудь, куда ты идёшь. Я думаю, что он пришёл бы, если бы его попросили, \
      потому что он был единственным, кто знал, как это работает. Что мы будем делать со всеми \
      этими вещами? Она сказала, что это не её вина и что она больше не хочет об этом слышать. \
      Пожалуйста, напишите, какой у вас ответ и какой из двух вам больше нравится. Это \
      делается так: открой файл, прочитай каждую строку и верни значение. Большое спасибо за \
      помощь, мы сообщим, как только сможем. Некоторые из них не нашли дорогу домой после \
      представления, поэтому водитель отвёз их туда. Это нужно сделать сегодня, а не завтра, и \
      это очень важно для нас.
      """
    ),
    (
      "uk",
      """
      Люди в місті чекають на цей день від кінця літа, коли перші човни повернулися з повними \
      трюмами. З погодою нічого не вдієш, але тобі завжди слід брати із собою куртку й казати \
      комусь, куди ти йдеш. Я думаю, що він прийшов би, якби його попросили, бо він був \
      єдиним, хто знав, як це працює. Що ми робитимемо з усіма цими речами? Вона сказала, що \
      це не її провина і що вона більше не хоче про це чути. Будь ласка, напишіть, яка ваша \
      відповідь і який із двох вам більше подобається. Це робиться так: відкрий файл, прочитай \
      кожен рядок і поверни значення. Дуже дякуємо за допомогу, ми повідомимо, щойно зможемо. \
      Деякі з них не знайшли дороги додому після вистави, тому водій відвіз їх туди. Це треба \
      зробити сьогодні, а не завтра, і це дуже важливо.
      """
    ),
  ]
}
