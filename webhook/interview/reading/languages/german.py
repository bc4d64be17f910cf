"""German, as code reads it."""

from __future__ import annotations

from webhook.interview.reading.assent import Assent
from webhook.interview.reading.choices import Choosing
from webhook.interview.reading.dictation import Dictating
from webhook.interview.reading.doubts import Doubts
from webhook.interview.reading.inflection import german
from webhook.interview.reading.numbers import Numbers, named
from webhook.interview.reading.remarks import Remarks
from webhook.interview.reading.texts import Telling
from webhook.interview.reading.wishes import Wishes

ASSENT = Assent(
    noise="ähm?|äh+m*|öhm?|hm+|mm+|ach|ah|oh|halt|mal|also|tja",
    yes=(
        "ja|jawohl|jo|jep|jup|joa|klar|na klar|klar doch|sicher|natürlich|selbstverständlich|auf jeden fall|genau|stimmt|richtig|das stimmt"
        "|das ist richtig|korrekt|leider (?:ja|schon)|ja doch|absolut|unbedingt|ich glaube schon|ich denke schon|ich glaube ja|ich denke ja"
        "|mhm|mm hm|aha ja|das tue ich|tu ich|mach ich|bin ich|habe ich|hab ich|ich schon|okay|ok"
        "|tue ich|ja tue ich"
    ),
    yes_tail="bitte|danke|gern|gerne|sehr gerne|klar|natürlich|sicher|leider|auf jeden fall|doch|kein problem|schon|immer noch|tatsächlich",
    no=(
        "nein|nö|nee|ne|niemals|nie|noch nie|gar nicht|überhaupt nicht|auf (?:gar )?keinen fall|keinesfalls|nicht wirklich|(?:ganz |natürlich )?sicher nicht"
        "|natürlich nicht|zum glück (?:nicht|nein)|gott sei dank (?:nicht|nein)|leider nicht|leider nein|eher nicht|noch nicht|derzeit nicht|im moment nicht"
        "|ich glaube nicht|ich denke nicht|ich nicht|bin ich nicht|habe ich nicht|hab ich nicht|tu ich nicht|mach ich nicht|nicht dass ich wüsste"
    ),
    no_tail="machen wir weiter|weiter|wir machen weiter|machen sie weiter|fahren sie fort|danke|bitte|leider nicht|leider|gar nicht|überhaupt nicht|nie|niemals|auf keinen fall|zum glück nicht|natürlich nicht|wirklich nicht|nicht|(?:schon )?(?:lange|seit langem|seit jahren|ewig) nicht mehr|nicht mehr|nie wieder|ich habe (?:schon )?(?:lange|vor jahren|vor langer zeit)? ?aufgehört",
    never_said_back="oder|nicht|kein|keine|wenn|nie|aber|ohne|nur|sie|ihre?|jemals|noch",
    verb=(r"\b(\w+)en sie\b",),
    verb_yes=r"ich \1e|ja ich \1e|ich \1e noch|wir \1en|ich bin \1er(?:in)?|(?:\\w+ )?\\w+ (?:stück )?am tag|leider \1e ich(?: noch)?|ich \1e schon|ich \1e leider(?: noch)?",
    verb_no=r"ich \1e nicht|ich \1e nicht mehr|ich \1e nie|ich \1e gar nicht|wir \1en nicht|nicht\1er(?:in)?|ich bin nicht\1er(?:in)?|(?:ich habe? )?(?:noch )?nie ge\1t|ich \1e (?:schon )?(?:lange|seit jahren) nicht mehr|ich \1e überhaupt nicht|ich \1e nicht und habe? auch nie ge\1t",
    leave=r"(?:dürfen|darf|können|könnten|kann|sollen|wollen) (?:wir|ich)|ist (?:das|es) (?:für sie )?(?:in ordnung|ok|okay|recht)|sind sie (?:damit )?(?:einverstanden|bereit)|wäre das|passt (?:das|es|ihnen)|möchten sie",
    permit=(
        "gern|gerne|sehr gerne|unbedingt|in ordnung|das ist in ordnung|das dürfen sie|dürfen sie|können sie|machen sie das|machen sie ruhig|kein problem"
        "|von mir aus|meinetwegen|jederzeit|einverstanden|ich bin einverstanden|bin ich|nur zu|legen sie los|los geht's|passt|das passt|geht klar|alles klar|ich bin bereit|bereit"
        "|rufen sie (?:mich )?(?:ruhig |gerne? |jederzeit )?(?:wieder |nochmal |noch einmal )?an|das (?:können|dürfen) sie(?: gerne?)?(?: machen| tun)?|sie (?:können|dürfen) (?:mich )?(?:gerne? |jederzeit )?(?:wieder |nochmal |noch einmal )?anrufen|melden sie sich"
        "|können sie(?: gerne?)?(?: machen| tun)?"
    ),
    forbid=(
        "nein danke|bitte nicht|lieber nicht|eher nicht|das möchte ich nicht|möchte ich nicht|das will ich nicht|will ich nicht|kein interesse"
        "|ich habe kein interesse|nicht einverstanden|ich bin nicht einverstanden"
        "|nie wieder|rufen sie (?:mich )?(?:bitte )?nicht (?:mehr|wieder|noch ?mal|noch einmal) an"
    ),
    mind="haben sie etwas dagegen|haben sie was dagegen|hast du etwas dagegen|stört es sie|stört es dich|macht es ihnen etwas aus",
    change=(
        "etwas|irgendetwas|irgendwas|noch was|was|habe ich",
        "ändern|ergänzen|hinzufügen|falsch|fehlt|korrigieren|berichtigen|vergessen|anders|verbessern|richtigstellen|übersehen",
    ),
    right="richtig verstanden|habe ich das richtig|ist das (?:so )?richtig|stimmt das(?: so)?|passt das|ist das korrekt|stimmt's",
    content=(
        "alles (?:gut|richtig|korrekt|bestens|okay|in ordnung)|das (?:ist|war) alles (?:richtig|korrekt)|(?:das )?passt(?: schon| so| alles)?|(?:das )?stimmt(?: so| alles)?"
        "|(?:das ist )?(?:richtig|korrekt)(?: so)?|so ist es|genau(?: so)?|perfekt|prima|super|(?:das ist )?in ordnung|nichts (?:hinzuzufügen|zu ergänzen|zu ändern|falsch|fehlt)"
        "|ich habe nichts (?:hinzuzufügen|zu ergänzen|zu ändern)|keine (?:änderungen|ergänzungen)|es fehlt nichts|da fehlt nichts|sie haben alles"
        "|(?:das )?klingt (?:gut|richtig)|gut so|(?:das ist )?nicht falsch"
    ),
    nothing_more=(
        "nichts(?: mehr| weiter)?|gar nichts|sonst nichts|das war alles|das war's|das wär's|das wäre alles|das ist alles|keine|nicht dass ich wüsste|mir fällt nichts ein"
        "|gut|okay|ok|ich glaube nicht|ich denke nicht|so weit alles gut"
    ),
    discontent=(
        "nicht (?:ganz )?(?:richtig|korrekt)|falsch|stimmt (?:so )?nicht(?: ganz)?|passt nicht|nicht ganz|ein fehler|missverstanden|ich möchte (?:noch )?etwas"
        "|ich würde gern(?:e)? etwas ändern|sie haben vergessen|fehlt noch|noch etwas|das habe ich nicht gesagt|möchte ich ändern|muss ich korrigieren"
    ),
    plain_yes="ja|jawohl|jo|jep|jup",
    polite="danke",
    agree=(
        "klar|na klar|klar doch|aber klar|sicher|natürlich|aber natürlich|selbstverständlich|gern|gerne|sehr gerne?|okay|ok|(?:das )?(?:ist|geht|wäre)(?: schon| für mich)? (?:in ordnung|okay|ok)"
        "|in ordnung|(?:ich )?bin (?:damit )?einverstanden|einverstanden|damit bin ich einverstanden|ich stimme zu|ich stimme dem zu|(?:das )?passt(?: für mich| schon| so)?|von mir aus(?: gerne?)?|meinetwegen"
        "|(?:ich |da )?(?:habe?|hab) (?:ich )?nichts dagegen|nichts dagegen|(?:da )?spricht nichts dagegen|na gut|also gut|nur zu|(?:gar |überhaupt )?kein problem|das ist kein problem"
        "|alles klar|geht klar|auf jeden fall|unbedingt|machen wir(?: so)?|legen sie los|schießen sie los|los geht's|fangen sie an|(?:dann )?fangen wir an|(?:das )?können wir machen"
        "|(?:das ist )?für mich (?:in ordnung|okay)|ja doch|das ist es|(?:das )?stört mich nicht|(?:das )?macht mir nichts aus|ich (?:mache|mach) mit|ich bin dabei|warum nicht"
        "|(?:das ist |ist )?mir recht|ich bin bereit|wir können (?:anfangen|starten|loslegen)"
        "|das können sie (?:gerne? )?(?:machen|tun)|machen sie (?:das )?(?:ruhig|gerne?)|kein thema|das ist (?:völlig|absolut|vollkommen|total) (?:in ordnung|okay|ok)|(?:das )?stört mich (?:überhaupt|gar) nicht|da habe? ich (?:überhaupt |gar )nichts dagegen|fangen sie ruhig an"
        "|machen sie nur|fangen sie nur an|legen sie ruhig los"
    ),
    agree_tail="für mich|gern|gerne|damit",
    disagree=(
        "(?:das |ich )?(?:möchte|will) (?:ich )?(?:das )?nicht|ich (?:möchte|will) (?:das )?nicht(?: mitmachen| aufgenommen werden)?|(?:da )?habe? ich (?:et)?was dagegen|ich habe? (?:et)?was dagegen"
        "|(?:ich bin |damit bin ich )?nicht einverstanden|(?:ich habe )?kein interesse"
        "|das passt mir nicht|ist es nicht|ich stimme nicht zu|ich lehne (?:das )?ab"
        "|ich (?:habe|hab) nein gesagt|ich widerspreche"
        "|ich möchte (?:das |bitte )?nicht (?:aufgezeichnet|aufgenommen|interviewt) werden|ich will nicht (?:aufgezeichnet|aufgenommen) werden"
    ),
)

DOUBTS = Doubts(
    denials=(
        "nein|nee|nö|ne|nicht|nie|niemals|nichts|niemand|kein|keine[nrm]?|keinesfalls|ohne|weder|jein|ungern|dagegen|verweigere|ablehnen|lehne|widerspreche|von wegen|denkste"
        "|vergiss es|vergessen sie es"
    ),
    harmless=(
        "(?:gar |überhaupt )?kein problem|keine sorge|keine einwände|keine bedenken|nichts dagegen|warum nicht|wieso nicht|stört mich nicht|macht mir nichts aus"
        "|aber (?:klar|natürlich|gerne?|sicher|ja)|nur zu|wenn sie (?:möchten|wollen)|nicht schlimm"
    ),
    reservations=(
        "aber|wenn|falls|solange|so lange|sofern|soweit|nur|außer|vorausgesetzt|voraussetzung|bedingung|es sei denn|allerdings|jedoch|obwohl|kommt dr?auf an|kommt darauf an|bis"
        "|vielleicht|eventuell|womöglich|mal sehen|mal schauen|unsicher|später|morgen|ein andermal|moment|sekunde|minute|augenblick|warten|warte|kurz|erst|stört|bedenken|einwände"
        "|menschen?|person|löschen|löscht|gelöscht|ausschalten|abschalten|schalten|stopp|aufhören|keine zeit|schlecht|ungünstig|na ja|naja|und (?:ihnen|selbst)|worum|worüber"
        "|und was|ja was|lieber|angst|sorgen"
    ),
    picks_up="hallo|hier|am apparat|mir geht|danke gut|aha|mhm|hm|mei",
    asking=(
        "was|welche[rsmn]?|wer|wem|wen|wessen|wo|woher|wohin|wann|warum|weshalb|wieso|wie|wofür|womit|wozu|worüber"
        "|(?:ist|sind|wird|kann|haben|können|könnten|werden|darf|dauert|hast|bist|kannst) (?:das|es|sie|ich|du|dies)"
    ),
    fillers="äh|ähm|hm|hmm|ach|also|na|naja|bitte|jetzt|mal|nun|okay|ok|entschuldigung|sorry|nein|ja|nee|hallo|hey|so|und|dann|aber|weil|doch",
)

CHOOSING = Choosing(
    code="de",
    forms=german,
    noise=ASSENT.noise,
    around=(
        "ich|wir|es|das|ist|sind|war|bin|habe?|haben|mein|meine[nmrs]?|unser|unsere[nmrs]?|der|die|den|dem|des|eine?[nmrs]?|im|in|mit|zu|zur|zum|bei|beim|auf|für|von|aus|an|am|nach"
        "|meist|meistens|meistenteils|hauptsächlich|vor allem|überwiegend|normalerweise|eigentlich|nur|immer|noch|derzeit|zurzeit|momentan|im moment|ganz|würde ich sagen|ich würde sagen|glaube ich|denke ich"
        "|ich glaube|ich denke|ja|so|dann|danke|bitte|ehrlich gesagt|wohne|wohnen|lebe|leben|fahre|gehe|nehme|nutze|mache|auch|gerne?|genau|wohl|eher|selbst"
    ),
    never_echoed="oder|nicht|kein|keine|ohne|nie|sonst|anderes|andere",
    denies="nicht|nie|niemals|weder|noch nie",
    denies_next="kein|keine[nmr]?|ohne",
    and_="und|sowie",
    or_="oder|oft|vielleicht",
    partly="manchmal|gelegentlich|ab und zu|hin und wieder",
    but="aber|sondern|weil|denn",
    idioms="auf der anderen seite|unter anderem|früher",
    i="ich|wir|ich bin|wir sind|ich wohne|wir wohnen",
    none="keine?s?(?: davon| von denen)?|nichts(?: davon)?|gar nichts|nein|weder noch",
    nth=(
        "(?:das |die |der )?erstere?[snm]?",
        "(?:das |die |der )?zweite[snm]?",
        "(?:das |die |der )?dritte[snm]?",
        "(?:das |die |der )?vierte[snm]?",
    ),
    last="(?:das |die |der )?letzte(?:re)?[snm]?",
)

TELLING = Telling(
    noise=f"{ASSENT.noise}|na|naja|okay|ok|bitte|hallo|hey|so",
    yes=ASSENT.yes,
    no=ASSENT.no,
    wh="was|welche[rsnm]?|wer|wo|woher|wann|warum|wie|wieso|weshalb|worüber|woran|womit",
    if_any="überhaupt|irgendetwas|irgendwas",
    nothing="nichts(?: besonderes| weiter| mehr)?|gar nichts|eigentlich nichts|nie|niemals|niemand|nirgends|nicht wirklich|kein grund",
    no_answer=(
        "(?:das )?hab(?:e)? ich (?:ihnen |dir )?(?:doch )?(?:schon|bereits) gesagt|das sagte ich (?:doch )?(?:schon|bereits)|wie vorher|dasselbe wie vorher|wie gesagt|(?:das )?hatten wir (?:doch )?schon|ich möchte meine antwort ändern"
        "|verpiss dich|halt die klappe|halten sie den mund|lass mich in ruhe|(?:das |ist |mir )*(?:ganz |völlig )?egal|rufen sie (?:mich )?(?:später|morgen) (?:wieder |noch mal )?an|(?:das ist )?eine (?:dumme|blöde) frage|entschuldigung|hallo|guten tag|guten morgen|danke|gute frage"
    ),
    name_lead="ich heiße|mein (?:vor)?name (?:ist|lautet)|nennen sie mich|nenn mich|sie können (?:mich )?|du kannst (?:mich )?|sagen sie(?: einfach)?|sag einfach|man nennt mich|alle nennen mich|ich bin(?: der| die)?|das ist|es ist|hier ist|hier spricht|einfach|der|die",
    name_tail="bitte|danke|mit \\w|geschrieben mit \\w|nennen|freut mich|ist mein name|hier|genügt|reicht",
    no_name="falsch|richtig|verkehrt|korrekt|ich|sie|du|wir|es|habe?|hab|egal|ist|mir|gesagt|nicht|nein|ja|was|wer|wie|warum|spielt|suchen|doch|schon|und|oder|zu|in|wohne|(?:herr|frau|herrn|doktor|professor)(?= $)|gut|alles|zahlt|roboter|frage",
    place_lead="(?:ich|wir) (?:wohnen?|leben?)(?: hier| zurzeit| derzeit)?(?: in| im| bei| nahe)?|ich komme aus|ich bin aus|in|im|bei|das ist|es ist|hier in|aus",
    place_tail="bitte|danke|zurzeit|derzeit|im moment|ehrlich gesagt",
    item_lead=(
        "ich (?:mag|liebe|mache(?: gerne?)?|habe?|nutze|benutze|zahle(?: für)?|bezahle|gehe gerne?|spiele)|wir haben|es gibt|auch|ein bisschen|etwas|vielleicht|meistens|hauptsächlich|manchmal|oft|nur|gerne?|am liebsten"
        "|den|die|das|und|dann|noch|sowas wie|zum beispiel|einen|eine|ein|ehrlich gesagt|weißt du|wissen sie|ich bin allergisch gegen|gegen|mein|meine"
    ),
    joiner="und|sowie|auch|und auch",
    denied="(?:aber )?(?:nicht|kein|keine[nmr]?|nie|ohne|außer|ich mag nicht|ich hasse)",
    denies="nicht|kein|keine[nmr]?|nie|niemals|ohne|weder|kaum|statt|außer|hasse|früher",
    none=(
        "keine?s?n?(?: davon| mehr)?|nichts(?: davon| besonderes)?|gar nichts|gar keine|überhaupt keine|null|ich hab(?:e)? keine?|hab(?:e)? ich keine|hab(?:e)? ich nicht|ich zahle nichts|kein einziges|nicht dass ich wüsste|nein keine|gegen nichts"
    ),
    closer="das (?:war's|war alles|ist alles|wäre alles|wär's)|mehr nicht|sonst nichts|nichts weiter|und so(?: weiter)?|so was|sowas|glaube ich|denke ich|ehrlich gesagt|weißt du|wissen sie|gerne?",
    costs="für|zu|kostet|kosten|ist|sind|etwa|ungefähr|circa|ca|rund|je|ich zahle|jeweils|mit|macht|das kostet|die kosten",
    per="im monat|pro monat|monatlich|im jahr|jährlich|pro jahr",
    loose="einen zehner|einen fünfer|ein paar euro|zehner|fünfer|zwanziger|paar",
)

DICTATING = Dictating(
    code="de",
    zero="null",
    double="doppel|doppelt|zweimal",
    triple="dreimal|dreifach",
    plus="plus",
    lead=(
        "äh|ähm|also|ja|gut|gerne|das ist|es ist|meine (?:telefonnummer|handynummer|nummer)(?: ist| lautet)?"
        "|die nummer(?: ist| lautet)?|(?:das wird |es wird )?(?:so )?(?:geschrieben|buchstabiert)|ich buchstabiere"
        "|mit|bitte|danke|die|das"
    ),
)

NUMBERS = Numbers(
    code="de",
    decimal=",",
    point=frozenset({"komma", "punkt"}),
    spaced=True,
    joins=frozenset({"und"}),
    not_alone=frozenset({"ein"}),
    spellings=named(
        r"fuenf: fünf; zwoelf: zwölf; undreissig: unddreissig; \beine (?=hundert|tausend|million): ein ; "
        r"\b(k?ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\w+zig)mal\b: \1 mal"
    ),
    fractions=named("0.5: und ein halb|ein halb|einhalb|und eine halbe|1 / 2|½"),
    joined_half="einhalb",
    one_and_a_half="anderthalb",
    noise="ä+h+m*|ö+h+m*|e+h+m*|h+m+|m+|mhm|ach|ah|oh",
    lead="ist|sind|es sind|das sind|das wären|es wären|das macht|es ist|das ist|das wäre|(?:ich )?würde(?: ich)? sagen"
    "|ich glaube?|ich denke|ich habe?|habe?|wir haben|es gibt|(?:sie|es) hat|nur|bloss|lediglich|genau|exakt"
    "|ganz genau|also|na|na ja|naja|tja|ja|jo|okay|ok|insgesamt|momentan|zurzeit|derzeit|aktuell|gerade|im moment"
    "|jetzt|sind es|ist es|bei mir|für mich|moment|eben|einfach|halt|ehrlich gesagt|(?:die|meine) antwort ist"
    "|gute frage|schon"
    "|(?:unsere|meine|die|unser|das) (?:wohnung|haus) hat|leider|da|so|oje|je|sind das|wir haben leider|ich bin(?= jetzt)"
    "|auf jeden fall|definitiv|ganz klar"
    "|(?:netto )?bleiben mir",
    tail="danke|danke schön|dankeschön|bitte|glaube? ich|denke ich|würde ich sagen|insgesamt|genau|zurzeit|derzeit"
    "|momentan|im moment|aktuell|zusammen|alles in allem|stück|sind es|ist es|sinds|jetzt|habe? ich|haben wir|bisher"
    "|bis jetzt|ja|ehrlich gesagt|gerade|bei mir|für mich|nur|geben|aus|gar|einfach|einfache strecke|entfernt|weit|weg"
    "|bin ich|werden es|leider|mit dem auto|sein|ganz nah|im schnitt|ungefähr sind das",
    about="etwa|ungefähr|zirka|circa|ca|rund|so|so um die|um die|schätzungsweise|vielleicht|wahrscheinlich|wohl|in etwa"
    "|sagen wir(?: mal)?|ich sage?(?: mal)?|ich schätze(?: mal)?|mehr oder weniger",
    after_about="ungefähr|etwa|so ungefähr|circa|oder so|vielleicht|schätze ich|sage? ich mal|mehr oder weniger"
    "|plus minus",
    usual="wir sind|normalerweise|meistens|meist|in der regel|im (?:durch)?schnitt|durchschnittlich|gewöhnlich"
    "|üblicherweise",
    mark="eine?|ne|(?:eine|ne) (?:glatte|gute|klare|solide|starke|volle|satte)|mit(?: einer)?"
    "|(?:ich|da) (?:gebe?|würde)(?: ich)?(?!(?: mal)? sagen)"
    "|(?:ich )?(?:gebe?|würde) (?:ihnen|euch|dafür|mal)(?: eine)?|von mir (?:bekommen|kriegen) sie|volle|(?:ich )?würde(?: mal)? sagen"
    "|(?:dann |da )?gebe ich (?:mal|ihnen)(?: eine)?",
    words=named(
        "no: nein|nee|nö; earn: ich (?:verdiene|bekomme|kriege|bezahle|zahle|gebe)(?: netto)?; points: sterne?|punkte?; "
        "and: und; since: seit|schon seit; but: sondern; minus: minus|-; out of: von|von insgesamt|von maximal|/; months: monate?; "
        "change: cent; thousand: k|mille|riesen; net: netto|nach steuern?|auf die hand|raus; "
        "gross: brutto|vor steuern?; dozen: dutzend; times: male?"
    ),
    from_to="(?:auf einer skala )?von {low} bis {high}|auf einer skala bis {high}",
    age_lead="ich bin|bin|ich wurde|mein alter ist|alter|erst",
    years="jahre?(?: alt| jung)?(?: geworden)?|alt|geworden|lebensjahre",
    year_lead="im jahre?|in|seit|seit dem jahr|(?:ich bin )?geboren(?: im jahre?)?|das war(?: im jahre?)?|jahrgang"
    "|baujahr",
    currency=r"euros?|eur|€|franken|chf|dollar|usd|\$|pfund|£",
    periods=named(
        "hour: die stunde|pro stunde|in der stunde|stündlich; day: am tag|pro tag|täglich|jeden tag; "
        "night: pro nacht|die nacht|jede nacht|in der nacht|nachts; "
        "week: die woche|pro woche|in der woche|wöchentlich|jede woche; "
        "month: im monat|pro monat|monatlich|jeden monat|den monat; year: im jahr|pro jahr|jährlich|jedes jahr; "
        "trip: pro reise|je reise"
    ),
    units=named(
        "hours: stunden?|std|h; minutes: minuten?|min; kilometres: kilometern?|km|k; miles: meilen?; metres: metern?; "
        "kilos: kilos?|kilogramm|kg; percent: prozent|%; years: jahr(?:en?)?; months: monat(?:en?)?; weeks: wochen?; "
        "days: tag(?:en?)?; children: kind(?:ern?)?; rooms: zimmern?|räumen?|raum; people: personen?|leuten?|menschen"
    ),
    parts=named("children: jungen?|jungs|buben?|mädchen|mädels?|sohn|söhnen?|tochter|töchtern?"),
    one="eine?n?|ein(?:e|en)? einzige[ns]?|eine?n? (?:kleine[nr]?|grosse[nr]?|erwachsene[nr]?)",
    half_of="(?:eine?n? )?halbe?[ns]?",
    zero="keine?[nrs]?|(?:gar|überhaupt|noch) keine?[nrs]?|keine? einzige[nrs]?|(?:noch )?gar nichts",
    nothing="nichts|überhaupt nichts|keinen (?:einzigen )?cent",
    never="nie|niemals|noch nie|gar nicht|überhaupt nicht|kein (?:einziges )?mal|nicht 1 mal",
    no="keine?n?|(?:gar|überhaupt|noch) keine?n?|keine? einzige[ns]?|nicht 1",
    once=named("ein halbes dutzend: 6"),
    correction="nein|nee|nö|quatsch|moment|warte|warten sie|ich meinte?|besser gesagt|genauer gesagt|entschuldigung"
    "|sorry|pardon|falsch|korrektur|vielmehr|stimmt nicht|doch",
    but_not="nicht|nein nicht|keine?n?|ich bin nicht",
    asks=named(
        "age: wie alt sind sie|wie alt bist du|(?:ihr|dein) alter; "
        "year: welche[mns] jahr|geburtsjahr|jahrgang|wann (?:sind sie|bist du|wurden sie) geboren; "
        "scale: skala|bewerten|bewertung|schulnote|note|wie viele (?:sterne|punkte)|von (?:null|eins|0|1) bis"
        "|zwischen (?:null|eins|0|1) und; "
        "times: wie oft|wie häufig|wie ?viele? male?; count: wie ?viele|anzahl; roughly: ungefähr|etwa|circa"
    ),
    asked_noun=r"\bwie ?viele? (\w+)|\bwie \w+ (?:ist|sind|war|waren) (?:ihre?|deine?|der|die|das) (\w+)",
    said_back=named(
        r"sind sie|bist du: ich bin; (\w{3,})en sie: ich \1e; (\w{3,})st du: ich \1e; (?:ihr|dein)(e[mnrs]?)?: mein\1"
    ),
    not_said_back="oder|nicht|keine?n?|nie|nichts|mehr|weniger|als|mindestens|höchstens|maximal|über|unter|bis"
    "|zwischen|etwa|ungefähr|fast|knapp|vor|nach|ab|andere[nrs]?|halbe?[nrs]?|viertel|beide|bitte|danke|ja|nein|gern"
    "|gerne|viele?|wie|oft|wann|was|welche[mnrs]?|würden|könnten|dürfen|wenn|ob|einmal|mal|ahnung|angabe",
    said_together="letzte[nrsm]?|nächste[nrsm]?|diese[nrsm]?|vergangene[nrsm]?|jede[nrsm]?|seit|noch|eine[nrsm]?"
    "|haben|sind|ihre[nrsm]?|ihnen|mein|meine[nrsm]?|ganze[nrsm]?|dort|hier|habe",
)

REMARKS = Remarks(
    begin=(
        "das ist|das sind|das reicht|es ist|es sind|ich bin|ich gehe|ich fahre|ich stehe|ich laufe"
        "|ich arbeite|ich wohne|ich nehme|ich brauche|ich war|ich mag|ich|wir|die|der|und ich|und das|und die"
        "|und es"
    ),
    never=(
        r"nicht|kein\w*|nie|niemals|nichts|niemand|weder|noch|wenn|falls|ob|aber|oder|sondern|obwohl|doch|eher"
        "|vielleicht|wohl|eigentlich|glaube?|denke?|meinte?|würde?n?|könnten?|hätten?|wären?|sollten?"
        r"|wünsch\w*|möchten?|will|wollen|wollte|hoffe?|waren|hatten?|wurde|früher|vorher|bald|nächst\w*"
        r"|letzt\w*|seit|vor|nach|bis|ab|ohne|ausser|plus|minus|mehr|weniger|fast|knapp|über|unter|mindestens"
        r"|höchstens|pro|jede\w*|brutto|netto|steuern?|zusammen|beide\w*|uns|mann|frau|partner\w*|freund\w*"
        "|vater|mutter|bruder|schwester|insgesamt|manchmal|normalerweise|durchschnitt|gelogen|spass|scherz"
        r"|witz|sage?|sagt|gesagt|sagen|gehört|falsch|richtig|stimmt|korrig\w*|egal|frage?n?|warum|weshalb"
        r"|wochen\w*|euro|minuten|stunden?|kilometer|meilen|monate?|jahre?n?|halb\w*|doppel\w*|geschätzt"
        r"|angeblich|zähl\w*|gezählt|nur|inklusive|mit (?:der |dem |meine\w )?(?:küche|bad|balkon|trinkgeld"
        "|kindergeld|bonus)|sie|ihnen|moment|bitte|sorry|entschuldigung|quatsch|ungefähr|etwa|rufen|aufhören"
        "|hilfe|dagegen"
        "|aufgehört|angefangen|ab und zu"
    ),
)

WISHES = Wishes(
    fillers=(
        "ähm?|äh+m*|hm+|ach|also|na|naja|bitte|jetzt|mal|nun|eigentlich|ehrlich gesagt|ehrlich|okay|ok|entschuldigung|entschuldigen sie|sorry|tut mir leid|nein|ja|nee|hallo|hey|danke|vielen dank|so|und|dann|leider|gerne?|hier|einfach|doch|wirklich"
        "|lieber|aber|oh|kurz|eben|gerade|schon|erst|noch|für heute|denn|ich glaube|wissen sie|hören sie|das war alles|da"
    ),
    stop=(
        "stopp?|halt|aufhören|schluss(?: jetzt| damit)?|ende|(?:das|es|mir) (?:reicht|genügt)(?: es| mir| jetzt)*|mir reicht's|(?:das )?(?:reicht|genügt) mir|auflegen|tschüss?|ciao|auf wieder(?:hören|sehen|schauen)|ade|legen sie auf|leg auf|ich lege(?: jetzt)? auf|hör(?:en sie|en wir)? auf|lassen sie uns aufhören"
        "|(?:können|könnten) wir (?:das |hier )?(?:aufhören|beenden|abbrechen)|beenden? (?:sie )?(?:das|den) (?:gespräch|interview|anruf)|(?:gespräch|interview|anruf) beenden|ich bin fertig|ich (?:will|möchte|mag) nicht mehr(?: weitermachen| reden)?|ich (?:will|möchte) nicht weiter(?:machen|reden)?|keine (?:weiteren )?fragen mehr|keine weiteren fragen"
        "|lass(?:en sie)? mich in ruhe|(?:ich habe )?genug|ich breche (?:hier |das |jetzt )*ab|lassen wir es (?:dabei|gut sein)|ich (?:möchte|will|würde gerne?|würde)(?: hier| jetzt| das| lieber)* (?:aufhören|abbrechen|auflegen|stoppen|beenden|schluss machen)|ich (?:möchte|will|würde) (?:das|den) (?:gespräch|interview|anruf) (?:beenden|abbrechen)"
    ),
    leave="ich muss(?: jetzt| leider)* (?:los|weg|auflegen|gehen|weiter)|ich habe? (?:leider )?keine zeit(?: mehr| dafür)*|(?:ich )?hab keine zeit(?: mehr)?|keine zeit(?: mehr)?|ich lege jetzt auf",
    repeat=(
        "(?:das |die frage )?noch ?mals?|noch einmal|(?:das |die frage )?wiederholen(?: sie)?(?: das| die frage)?(?: noch einmal)?|sag(?:en sie)? das noch ?(?:ein)?mal|(?:was|wie) war (?:die frage|das)|was hab(?:en sie|t ihr|st du)(?: gerade)? (?:gesagt|gefragt)|(?:was|wie) mein(?:en sie|st du)(?: das| damit)?|ich verstehe(?: das| die frage| sie)* nicht"
        "|(?:ich hab(?:e)? )?(?:das|sie|die frage)?(?: habe? ich)? ?(?:akustisch )?nicht (?:ganz )?(?:verstanden|gehört|mitbekommen)|ich (?:kann|konnte) sie (?:nicht|kaum|schlecht) hören|ich höre sie (?:nicht|kaum|schlecht)|die frage noch ?(?:ein)?mal|(?:können|könnten|würden|kannst|könntest) (?:sie|du) (?:das|die frage)? ?(?:noch ?(?:ein)?mal |bitte )*(?:wiederholen|sagen|fragen|lauter sprechen|langsamer sprechen)?"
        "|was|wie|wie bitte|bitte|bitte was|hä|verzeihung|(?:etwas |bitte )*(?:lauter|langsamer)|ich weiss nicht was sie meinen"
    ),
    pardon="entschuldigung|sorry|bitte|nochmal|ja bitte",
    wait=(
        "(?:einen |kleinen |einen kleinen |kurzen |einen kurzen )?(?:moment|momentchen|augenblick)(?: mal)?|(?:eine |kleine |eine kleine )?(?:sekunde|minute|sekündchen|minütchen)|warten? ?(?:sie)?(?: mal| kurz| einen moment| bitte)*|(?:lass|lassen sie) mich(?: mal| kurz| eben| erst)* (?:überlegen|nachdenken|nachsehen|schauen)|(?:ich|da) muss(?: ich)?(?: mal| kurz| erst| eben| darüber| noch)* (?:überlegen|nachdenken|nachsehen|schauen)"
        "|geben sie mir (?:einen moment|eine sekunde|eine minute|kurz zeit)|gib mir (?:einen moment|eine sekunde)|bleiben sie(?: bitte)? dran|ich bin gleich (?:wieder )?(?:da|zurück)|bin gleich (?:wieder )?(?:da|zurück)|gleich|moment mal|lassen sie mich (?:kurz )?überlegen"
    ),
    wait_while="(?:moment|einen moment|warten sie|warte|bleiben sie dran|sekunde|eine sekunde) (?:es klingelt|da ist|ich muss|mein|die tür|jemand|ich mache|ich gehe)",
    refuse=(
        "kein kommentar|(?:das |können wir (?:das|die frage) |kann ich das )?überspringen(?: wir| sie)?(?: das| die frage)?|(?:die )?nächste(?: frage)?|weiter|(?:ich )?passe|(?:das )?geht (?:sie|dich) nichts an|(?:das )?ist (?:mir )?(?:zu )?(?:privat|persönlich)|(?:das )?(?:möchte|will) ich(?: lieber)? nicht|lieber nicht|keine angaben?|dazu (?:sage ich nichts|keine angaben?)|(?:das )?(?:sage|verrate) ich nicht|ich verweigere die antwort"
    ),
    refuse_to="(?:das|dazu|darüber)? ?(?:möchte|will|würde) ich(?: ihnen)?(?: das| dazu| darüber)*(?: lieber| eher)? (?:nicht|nichts|ungern|nicht so gern) (?:sagen|beantworten|verraten|antworten|erzählen|angeben|sprechen|reden|preisgeben)|ich (?:möchte|will|würde)(?: das| dazu| darüber| ihnen)*(?: lieber)? (?:nicht|nichts|ungern) (?:sagen|beantworten|verraten|antworten|erzählen|angeben|sprechen|reden)|lieber nicht (?:sagen|beantworten)",
    refuse_about="ich (?:möchte|will|spreche|rede) nicht über|über .* (?:möchte|will|spreche|rede) ich nicht",
    unknown=(
        "(?:das )?weiss ich (?:leider |gerade |auch )*nicht(?: mehr| genau| so genau)*|ich weiss (?:es |das )?(?:leider |gerade )*nicht(?: mehr| genau| so genau)*|weiss nicht|keine ahnung|(?:ich|da) hab(?:e)? (?:ich )?keine ahnung|nicht sicher|(?:ich )?bin (?:mir )?(?:da )?nicht (?:ganz )?sicher|ich erinnere mich nicht(?: mehr)?|(?:ich )?kann mich nicht (?:mehr )?erinnern"
        "|(?:das ist )?schwer zu sagen|(?:das )?kann ich (?:ihnen )?(?:so |leider )?nicht (?:genau )?sagen|(?:das )?hab(?:e)? ich vergessen|ich hab(?:e)? es vergessen|vergessen|da bin ich überfragt|da fragen sie mich was|schwierig zu sagen"
    ),
    change=(
        "(?:(?:ich (?:möchte|will|würde gerne?|muss)|(?:kann|darf) ich|können wir|lassen sie (?:mich|uns))(?: noch ?(?:ein)?mal| bitte| kurz| gerne?)*)?"
        "(?: ?(?:meine|die|eine)(?: letzte| vorige)? (?:antwort|frage)| etwas| das)? ?(?:ändern|korrigieren|berichtigen|zurückgehen|zurück(?:kommen)?)"
    ),
    change_of="zu[rm]?|auf|bei|beim",
    asks=(
        "(?:was|wer|wo|warum|wieso|weshalb|wie|wann|wozu|wofür|welche[rsmn]?) (?:ist|sind|machen|macht|passiert|wird|haben|war|soll|wollen|brauchen|hört|sieht|bekommt|möchten|fragen)|(?:ist|sind|wird|darf|dauert|bist) (?:das|es|sie|du|dies) (?:eine?|hier|jetzt|wirklich|echt|aufgezeichnet|aufgenommen|anonym|noch|lange|etwa|ein)"
        "|(?:kann|können|könnten|darf|haben|hast|kannst|werden|spreche|rede) (?:ich|sie|wir|du|es)|wie (?:lange|viel|viele|lang)|worum geht|warum wollen|mit wem"
    ),
    asks_with_mark="und (?:sie|du)|was|welche[rsmn]?|wer|wem|wen|wessen|wo|woher|wohin|wann|warum|weshalb|wieso|wie|wofür|womit|wozu|worüber|ist|sind|wird|kann|können|darf|haben|werden|dauert|hast|bist|kannst|muss|soll",
)
