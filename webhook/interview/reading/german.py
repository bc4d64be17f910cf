"""German, as code listens to it."""

from __future__ import annotations

from webhook.interview.reading.wordlist import Lexicon, Words, each, phrases
from webhook.interview.reading.words import plain


def _german_forms(word: str) -> Words:
    stem = word
    for ending in ("en", "e", "n"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:  # noqa: PLR2004 - shorter stems mean something else
            stem = word.removesuffix(ending)
            break
    endings = ("e", "en", "n", "er", "es", "s", "t", "st", "te", "et")
    return frozenset({word, stem, *(stem + e for e in endings), word + "s", f"ge{stem}t", f"ge{stem}et", f"ge{stem}en"})


_DE_UNITS = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn"
    " achtzehn neunzehn"
)
_DE_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"


def _german_numbers() -> dict[str, float]:
    """0 to 999 as single words, as they are written and recognised: "vierunddreißig", "dreihundertfünf"."""
    below: dict[str, float] = {plain(word): float(n) for n, word in enumerate(_DE_UNITS.split())}
    ones = {("ein" if word == "eins" else word): n for word, n in below.items() if 1 <= n <= 9}  # noqa: PLR2004 - digits
    for n, tens in enumerate(map(plain, _DE_TENS.split()), 2):
        below[tens] = n * 10.0
        below |= {f"{one}und{tens}": n * 10 + unit for one, unit in ones.items()}
    numbers = dict(below) | {"zwo": 2.0, "anderthalb": 1.5}
    numbers |= {f"{word}einhalb": n + 0.5 for word, n in {**below, **ones}.items() if n}
    for one, unit in {**ones, "": 1.0}.items():
        numbers |= {
            f"{one}hundert{link}{word}": unit * 100 + n for word, n in below.items() if n for link in ("", "und")
        }
        numbers |= {f"{one}hundert": unit * 100} if one else {}
    return numbers


GERMAN = Lexicon(
    breaks=phrases("aber|weil|sondern|obwohl|denn|doch"),
    fillers=phrases(
        "äh|ähm|hm|hmm|ach|also|na|naja|bitte|jetzt|mal|nun|eigentlich|ehrlich|okay|ok|entschuldigung|entschuldigen|sorry"
        "|nein|ja|nee|hallo|hey|danke|so|und|dann|leider|gerne|gern|hier|einfach|doch|wirklich|lieber|nochmal"
    ),
    hedges=phrases(
        "äh|ähm|hm|hmm|ach|also|na|naja|bitte|mal|nun|eigentlich|ehrlich|gesagt|danke|vielleicht|wohl|und|dann|meistens"
        "|meist|nur|so|das|hallo|okay|ok|wirklich|gerade"
    ),
    stop=phrases(
        "stopp|stop|halt|aufhören|schluss|schluss jetzt|ende|das reicht|es reicht|mir reicht's|mir reicht es|auflegen"
        "|tschüss|tschüs|ciao|auf wiederhören|auf wiedersehen|ade|legen sie auf|leg auf|ich lege auf|hören sie auf|hör auf"
        "|hören wir auf|lassen sie uns aufhören|können wir aufhören|können wir das beenden|können wir hier aufhören"
        "|beenden sie das gespräch|beenden sie das interview|beenden sie den anruf|beende das gespräch|gespräch beenden"
        "|interview beenden|anruf beenden|ich muss los|ich muss weg|ich muss auflegen|ich muss gehen|ich bin fertig"
        "|ich will nicht mehr|ich möchte nicht mehr|ich mag nicht mehr|keine fragen mehr|lassen sie mich in ruhe"
        "|lass mich in ruhe|ich will nicht weitermachen|ich möchte nicht weitermachen|ich habe genug|genug"
    )
    | each(
        "ich möchte|ich will|ich würde gern|ich würde",
        "aufhören|abbrechen|auflegen|stoppen|das gespräch beenden|das interview beenden|den anruf beenden|das beenden"
        "|das gespräch abbrechen|das interview abbrechen|schluss machen",
    ),
    repeat=phrases(
        "noch einmal|noch mal|nochmals|wiederholen|wiederholen sie|wiederholen sie das|wiederholen sie die frage"
        "|sagen sie das noch einmal|sagen sie das noch mal|sag das noch mal|was war die frage|wie war die frage"
        "|was war das|was haben sie gesagt|was hast du gesagt|was haben sie gefragt|was meinen sie|was meinen sie damit"
        "|was meinst du|wie meinen sie das|ich verstehe nicht|ich verstehe die frage nicht|ich verstehe das nicht"
        "|ich habe das nicht verstanden|ich habe sie nicht verstanden|ich habe die frage nicht verstanden"
        "|das habe ich nicht verstanden|ich habe nicht verstanden|ich habe das nicht gehört|ich habe sie nicht gehört"
        "|ich kann sie nicht hören|ich höre sie nicht|die frage noch einmal|die frage noch mal|ich weiß nicht was sie meinen"
    )
    | each(
        "können sie|könnten sie|kannst du|könntest du|würden sie",
        "das wiederholen|die frage wiederholen|das noch einmal sagen|das noch mal sagen|wiederholen|das sagen"
        "|die frage noch einmal wiederholen|die frage noch mal wiederholen|das noch einmal wiederholen|noch mal fragen",
    ),
    repeat_alone=phrases(
        "was|wie|wie bitte|bitte|entschuldigung|hä|sorry|verzeihung|nochmal|bitte nochmal|wie war das"
    ),
    wait=phrases(
        "moment|einen moment|moment mal|momentchen|kleinen moment|einen kleinen moment|sekunde|eine sekunde|minute"
        "|eine minute|augenblick|einen augenblick|warten sie|warte|warte mal|warten sie mal|warten sie einen moment"
        "|warte einen moment|lassen sie mich überlegen|lass mich überlegen|lassen sie mich nachdenken|ich muss überlegen"
        "|ich muss kurz überlegen|ich muss nachdenken|geben sie mir einen moment|geben sie mir eine sekunde"
        "|geben sie mir eine minute|gib mir einen moment|gib mir eine sekunde|nicht so schnell|kurz|mal sehen|bleiben sie dran"
        "|überlegen|nachdenken|warten|dranbleiben|überlege|sekündchen|minütchen|augenblick mal|gleich wieder da|gleich"
    ),
    wait_words=phrases(
        "ein|eine|einen|kleinen|kleine|kurzen|kurze|kurz|mal|eben|gerade|noch|erst|bitte|moment|momentchen|sekunde|sekunden"
        "|sekündchen|augenblick|minute|minütchen|minuten|lassen|lass|sie|du|mich|mir|ich|muss|müsste|da|darüber|drüber|das"
        "|schnell|geben|gib|bleiben|bleib|dran|am|apparat|ja|nein|okay|ok|also|äh|ähm|hm|ach|jetzt|doch|einfach|können"
        "|könnten|kannst|kann|überlegen|nachdenken|warten|warte|wart|überlege|noch|wieder|zurück|so|nicht|bin|gleich"
    ),
    wait_start=phrases(
        "lassen sie mich|lass mich|ich muss überlegen|ich muss kurz|ich muss mal|ich muss erst|ich muss nachdenken"
        "|da muss ich überlegen|da muss ich kurz|da muss ich erst|da muss ich mal|einen moment|einen augenblick"
        "|einen kleinen moment|moment mal|moment bitte|moment ich|moment noch|eine sekunde|warten sie|warte mal|warte kurz"
        "|bleiben sie dran|geben sie mir|gib mir"
    ),
    refused=phrases(
        "kein kommentar|überspringen|überspringen wir|überspringen wir das|das überspringen wir|überspringen sie das"
        "|können wir das überspringen|kann ich das überspringen|können wir die frage überspringen|nächste frage|die nächste frage"
        "|die nächste|weiter|passe|ich passe|das geht sie nichts an|das geht dich nichts an|geht sie nichts an|das ist privat"
        "|ist privat|das ist persönlich|das ist mir zu persönlich|das ist zu persönlich|das ist mir zu privat|lieber nicht"
        "|möchte ich nicht|das möchte ich nicht|will ich nicht|keine angabe|keine angaben|dazu sage ich nichts"
        "|das sage ich nicht|sage ich nicht|das verrate ich nicht|ich verweigere die antwort"
    )
    | each(
        "das möchte ich|das will ich|dazu möchte ich|dazu will ich|darüber möchte ich|möchte ich|will ich|ich möchte|ich will"
        "|ich möchte das|ich will das|ich möchte dazu|ich möchte darüber|ich will darüber|das würde ich",
        "nicht|lieber nicht|nichts|lieber nichts|ungern|nicht so gern",
        "sagen|beantworten|verraten|antworten|erzählen|angeben|sprechen|reden|preisgeben",
    )
    | each("|lieber", "nicht sagen|nicht beantworten"),
    refused_yes_no=phrases("ich möchte nicht aufgenommen|ich will nicht aufgenommen|lieber nicht"),
    unknown=phrases(
        "ich weiß nicht|ich weiß es nicht|ich weiß das nicht|weiß nicht|weiß ich nicht|das weiß ich nicht|weiß ich nicht genau"
        "|das weiß ich nicht genau|ich weiß es nicht genau|keine ahnung|ich habe keine ahnung|ich hab keine ahnung"
        "|da habe ich keine ahnung|nicht sicher|ich bin nicht sicher|ich bin mir nicht sicher|bin mir nicht sicher"
        "|ich erinnere mich nicht|ich kann mich nicht erinnern|kann mich nicht erinnern|das weiß ich nicht mehr"
        "|weiß ich nicht mehr|ich weiß es nicht mehr|schwer zu sagen|das ist schwer zu sagen|kann ich nicht sagen"
        "|das kann ich nicht sagen|habe ich vergessen|ich habe es vergessen|vergessen|gute frage"
    ),
    ask_words=phrases(
        "was|welche|welcher|welches|welchem|welchen|wer|wem|wen|wessen|wo|woher|wohin|wann|warum|weshalb|wieso|wie|wofür"
        "|womit|wozu|worüber"
    ),
    ask_starts=each(
        "was|wer|wo|warum|wieso|weshalb|wie|wann|wozu|wofür", "ist|sind|machen|macht|passiert|wird|haben|war|soll"
    )
    | each(
        "ist|sind|wird|kann|haben|können|könnten|werden|darf|dauert|hast|bist|kannst", "das|es|sie|ich|du|dies|das hier"
    )
    | each("wie|wozu|warum|wieso|weshalb|wofür", "lange|viel|viele|fragen|brauchen|wollen|möchten|funktioniert")
    | phrases("warum|wieso|weshalb|wozu"),
    doubts=phrases(
        # stopping
        "stopp|stop|halt|aufhören|auflegen|aufhöre|auflege|schluss|ende|beenden|beende|genug|reicht|fertig|tschüss|tschüs"
        "|ciao|wiederhören|wiedersehen|muss los|muss weg|muss gehen|nicht mehr|keine zeit|keine lust|ein andermal|später"
        "|das wars|das war's|das war alles|leg jetzt auf|lege jetzt auf|leg auf|lege auf|streichen|streich das|speichern"
        "|gespeichert|daten|keine angabe|keine angaben|verbindung|abbrechen|abbruch|in ruhe|rufen sie|ruf mich|interview|zu lange|vergiss es|langweilig|danke das|mir reicht|reichts|will gehen|gehen wir|bis dann|nein danke|interesse|kein interesse"
        # asking
        "|haben sie|sind sie|können sie|könnten sie|würden sie|werden sie|wissen sie|machen sie|kannst du|bist du|hast du"
        "|könntest du|kann ich|darf ich|soll ich|muss ich|ist das|wie lange|wie viel|warum|wieso|weshalb|wozu|erklären"
        "|bedeutet|heißt das|frage|fragen|roboter|maschine|computer|mensch|menschen|sagen sie|sag mir|und sie|und du"
        # danger
        "|sterben|gestorben|tod|tot|töten|umbringen|umzubringen|umgebracht|suizid|selbstmord|verletzen|weh|schmerz"
        "|schmerzen|weinen|weine|angst|hoffnungslos|wertlos|sinnlos|allein|alleine|einsam|verzweifelt|depressiv|depression"
        "|depressionen|überdosis|tabletten|missbraucht|missbrauch|schlägt|schlagen|geschlagen|gewalt|gefahr|gefährlich"
        "|notfall|krankenwagen|notarzt|polizei|krankenhaus|hilfe|helfen sie|hilf mir|kann nicht mehr|atmen|waffe|messer"
        "|bombe|schießen|brennen|drohen|drohung|mord|vergewaltigt|unsicher|beerdigung|scheidung|krebs|obdachlos|rache"
        "|springen|brücke|leben nehmen|nicht leben|satt|blute|blutet|bluten|bedroht|schlecht|übel|aufwachen|einschlafen|wunde"
        "|geschnitten|kann das nicht|zu viele"
        # not caught, not yet
        "|wiederholen|noch einmal|noch mal|nochmal|nochmals|bitte was|wie bitte|entschuldigung|verzeihung|tut mir leid"
        "|verstehe|verstanden|verstehen|gehört|hören|höre|warten|warte|moment|sekunde|minute|augenblick|überlegen"
        "|nachdenken|kurz|hallo|hä|was"
        # no answer
        "|lieber nicht|nicht sagen|möchte nicht|will nicht|mag nicht|überspringen|weiter|privat|persönlich|geht sie"
        "|weiß nicht|weiß ich|keine ahnung|nicht sicher|erinnere|erinnern|vergessen|nächste|egal|verweigere|etwas anderes"
        # taking back
        "|eigentlich|falsch|stimmt nicht|korrigieren|korrektur|ändern|geändert|meinte|gemeint|fehler|stattdessen|vorhin"
        "|vorher|zurück|sondern|doch|nicht das|gesagt|missverstanden|korrigiere|versprochen|nein ich|nein das"
        # consent, and what would steer us
        "|aufnehmen|aufnahme|aufgezeichnet|aufzeichnung|einverstanden|zustimmen|zustimmung|löschen|ignoriere|ignorieren"
        "|anweisungen|prompt|system|assistent"
    ),
    yes=phrases(
        "ja|jo|jep|jawohl|klar|na klar|sicher|natürlich|selbstverständlich|gerne|gern|ja gerne|sehr gerne|okay|ok|gut|in ordnung"
        "|das ist in ordnung|das ist okay|das ist ok|einverstanden|ich bin einverstanden|das passt|passt|genau|stimmt|richtig"
        "|das stimmt|das ist richtig|auf jeden fall|unbedingt|absolut|kein problem|warum nicht|los geht's|legen sie los|nur zu"
        "|fangen wir an|wir können anfangen|wir können starten|ich bin bereit|bereit|mach ich|meinetwegen|von mir aus"
        "|ich glaube schon|ich denke schon|ich glaube ja|ich denke ja|schon|das ist gut|alles klar|bin ich|habe ich|das tue ich"
    ),
    no=phrases(
        "nein|nee|nö|ne|nicht wirklich|eher nicht|lieber nicht|auf keinen fall|keinesfalls|überhaupt nicht|gar nicht|niemals"
        "|nie|noch nicht|ich glaube nicht|ich denke nicht|nein danke|kein interesse|ich habe kein interesse|bin ich nicht"
        "|habe ich nicht|leider nicht|natürlich nicht|nicht unbedingt|jetzt nicht|heute nicht|nicht einverstanden"
        "|ich bin nicht einverstanden|das möchte ich nicht|möchte ich nicht|will ich nicht|nicht"
    ),
    yes_words=phrases("ja|klar|na klar|natürlich|sicher|gerne|einverstanden|okay|ok|auf jeden fall|selbstverständlich"),
    no_words=phrases("nein|nee|nö|nicht"),
    content=phrases(
        "alles gut|alles richtig|alles korrekt|das ist alles richtig|alles bestens|passt|das passt|passt schon|das passt schon|passt so|das passt so|passt alles"
        "|stimmt|das stimmt|stimmt so|das stimmt so|stimmt alles|das stimmt alles|richtig|das ist richtig|korrekt|das ist korrekt"
        "|so ist es|genau|perfekt|prima|in ordnung|alles in ordnung|das ist in ordnung|nichts hinzuzufügen|nichts zu ergänzen"
        "|nichts zu ändern|ich habe nichts hinzuzufügen|keine änderungen|keine ergänzungen|nichts fehlt|es fehlt nichts"
        "|da fehlt nichts|sie haben alles|das war alles richtig|klingt gut|das klingt gut|klingt richtig|alles okay|gut so"
        "|nicht falsch|das ist nicht falsch|nichts falsch|super"
    ),
    content_start=phrases("nichts zu|ich habe nichts zu"),
    nothing_more=phrases(
        "nichts|nichts mehr|gar nichts|sonst nichts|nichts weiter|das war alles|das war's|das wäre alles|das ist alles|keine"
        "|nicht dass ich wüsste|mir fällt nichts ein|gut|okay|ok|ich glaube nicht|ich denke nicht"
    ),
    discontent=phrases(
        "nicht richtig|nicht korrekt|falsch|stimmt nicht|stimmt so nicht|stimmt nicht ganz|passt nicht|nicht ganz richtig"
        "|nicht ganz|ein fehler|missverstanden|ich möchte etwas ändern|ich möchte noch etwas|ich würde gern etwas ändern"
        "|sie haben vergessen|fehlt noch|noch etwas|das habe ich nicht gesagt|möchte ich ändern|muss ich korrigieren"
    ),
    any_words=phrases("etwas|irgendetwas|irgendwas|noch was|was|habe ich"),
    change_words=phrases(
        "ändern|ergänzen|hinzufügen|falsch|fehlt|korrigieren|berichtigen|vergessen|anders|verbessern|richtigstellen|übersehen"
    ),
    right_questions=phrases("ist das richtig|ist das so richtig|stimmt das|stimmt das so|passt das|ist das korrekt"),
    mind_questions=phrases(
        "haben sie etwas dagegen|hast du etwas dagegen|stört es sie|stört es dich|macht es ihnen etwas aus"
    ),
    assents=phrases(
        "ja|jo|jep|jawohl|klar|na klar|klar doch|aber klar|sicher|natürlich|aber natürlich|selbstverständlich|gerne|gern"
        "|sehr gerne|sehr gern|ja gerne|okay|ok|in ordnung|das ist in ordnung|ist in ordnung|geht in ordnung"
        "|das geht in ordnung|das ist okay|das ist ok|ist okay|ist ok|das wäre okay|das wäre in ordnung|einverstanden"
        "|ich bin einverstanden|bin einverstanden|bin ich|ich stimme zu|passt|das passt|passt so|passt schon|das passt schon"
        "|passt für mich|das passt für mich|schon gut|schon okay|ist schon okay|das ist schon okay|ist schon in ordnung"
        "|das ist schon in ordnung|geht schon|das geht schon|auf jeden fall|unbedingt|absolut|kein problem"
        "|gar kein problem|überhaupt kein problem|das ist kein problem|warum nicht|los geht's|legen sie los|nur zu"
        "|fangen wir an|dann fangen wir an|wir können anfangen|wir können starten|wir können loslegen|ich bin bereit|bereit"
        "|mach ich|mache ich|machen wir|meinetwegen|von mir aus|ich glaube schon|ich denke schon|ich glaube ja|ich denke ja"
        "|na gut|also gut|nichts dagegen|habe nichts dagegen|hab nichts dagegen|ich habe nichts dagegen"
        "|ich hab nichts dagegen|da habe ich nichts dagegen|spricht nichts dagegen|da spricht nichts dagegen|alles klar"
        "|das ist gut|für mich okay|für mich in ordnung|das ist für mich okay|das ist für mich in ordnung|stört mich nicht"
        "|das stört mich nicht|das ist mir recht|ist mir recht|mir recht|ich mache mit|ich mach mit|ich bin dabei|bin dabei"
    ),
    assent_fillers=phrases("äh|ähm|hm|hmm|ach|also|danke|und|dann|so|genau|doch|mal|ruhig|damit|dazu|das|ich|da"),
    denials=phrases(
        "nein|nee|nö|ne|nicht|nie|niemals|nichts|niemand|kein|keine|keinen|keiner|keinem|keinesfalls|ohne|weder|jein"
        "|ungern|dagegen|verweigere|ablehnen|lehne|widerspreche|von wegen|denkste|vergiss es|vergessen sie es"
    ),
    no_denials=phrases(
        "kein problem|gar kein problem|überhaupt kein problem|keine sorge|keine einwände|keine bedenken|nichts dagegen"
        "|warum nicht|wieso nicht|stört mich nicht|macht mir nichts aus|aber klar|aber natürlich|aber gern|aber gerne"
        "|aber sicher|aber ja|nur zu|wenn sie möchten|wenn sie wollen|nicht schlimm"
    ),
    reservations=phrases(
        "aber|wenn|falls|solange|so lange|sofern|soweit|nur|außer|vorausgesetzt|voraussetzung|bedingung|es sei denn"
        "|allerdings|jedoch|obwohl|kommt drauf an|kommt darauf an|bis|vielleicht|eventuell|womöglich|mal sehen|mal schauen"
        "|unsicher|später|morgen|ein andermal|moment|sekunde|minute|augenblick|warten|warte|kurz|erst|stört|bedenken"
        "|einwände|mensch|menschen|person|löschen|löscht|gelöscht|ausschalten|abschalten|schalten|stopp|aufhören|keine zeit"
        "|schlecht|ungünstig|na ja|naja|und ihnen|und selbst|worum|worüber|und was|ja was|lieber|angst|sorgen"
    ),
    picks_up=phrases("hallo|hier|am apparat|mir geht|danke gut|aha|mhm|hm|mei"),
    asides=phrases(
        "ehrlich gesagt|um ehrlich zu sein|offen gesagt|wenn ich ehrlich bin|glaube ich|denke ich|weißt du|wissen sie"
        "|würde ich sagen|sozusagen|wie gesagt"
    ),
    lead_ins=phrases(
        "ich heiße|mein name ist|mein name lautet|mein vorname ist|nennen sie mich|nenn mich|sie können mich|du kannst mich"
        "|sagen sie|sagen sie einfach|sag einfach"
        "|man nennt mich|alle nennen mich|ich wohne in|ich lebe in|wir wohnen in|wir leben in|ich wohne bei|ich komme aus"
        "|ich bin aus|ich wohne|das wäre|ich würde sagen|ich glaube|ich denke|ich wohne im|ich lebe im"
    ),
    short_lead_ins=phrases("ich bin|ich bin der|ich bin die|das ist|es ist|hier ist|in|das sind"),
    no_name=phrases(
        "habe ich|hab ich|ich habe|ich hab|egal|ist egal|ist mir|mir egal|ganz egal|völlig egal|wie sie|wie du|was sie|was du"
        "|spielt keine|suchen sie|sagte ich|ist doch"
    ),
    titles=phrases("herr|frau|herrn|fräulein|doktor|professor"),
    name_ends=phrases("mit|geschrieben"),
    if_any=phrases("überhaupt|irgendetwas|irgendwas"),
    list_lead_ins=phrases(
        "ich mag|ich liebe|ich mache gern|ich mache gerne|ich mache|ich habe|ich hab|wir haben|ich zahle für|ich bezahle"
        "|ich zahle|ich nutze|ich benutze|es gibt|auch|ein bisschen|etwas|vielleicht|meistens|hauptsächlich|manchmal|oft"
        "|nur|gern|gerne|am liebsten|ich gehe gern|ich gehe gerne|den|die|das|und|dann|noch|sowas wie|zum beispiel"
    ),
    joiners=phrases("und|sowie|plus|auch"),
    none=phrases(
        "keine|keins|keinen|nichts|gar nichts|gar keine|überhaupt keine|nein|nee|null|ich habe keine|ich hab keine|habe ich keine"
        "|habe ich nicht|ich zahle nichts|nichts davon|keine davon|kein einziges"
    ),
    closers=phrases(
        "das war's|das war alles|das ist alles|das wäre alles|mehr nicht|sonst nichts|nichts weiter|und so weiter|und so"
        "|so was|sowas|glaube ich|denke ich|das wär's"
    ),
    connectors=phrases(
        "für|zu|das|die|der|ein|einen|nen"
        "|kostet|kosten|ist|sind|etwa|ungefähr|circa|ca|rund|je|pro|im|monat|monatlich|euro|euros|franken"
        "|cent|ich|zahle|jeweils|mit|macht|jahr|woche|und"
    ),
    loose_prices=phrases("zehner|fünfer|zwanziger|paar"),
    forms=_german_forms,
    and_or=phrases("und|oder"),
    negators=phrases("nicht|nie|niemals|kein|keine|keinen|keinem|ohne|weder|noch|kaum|statt|außer|hasse"),
    negates_backward=True,
    unreal=phrases(
        "früher|würde gern|würde gerne|möchte|will|wollte|hoffe|irgendwann|wünsche|mein bruder|meine schwester|mein freund"
        "|meine freundin|mein mitbewohner"
    ),
    numbers=_german_numbers(),
    hundred=phrases("hundert"),
    scales={"tausend": 1000, "million": 1_000_000, "millionen": 1_000_000, "milliarde": 10**9, "milliarden": 10**9},
    joined_thousand="tausend",
    articles=phrases("ein|eine|einer|einem"),
    number_and=phrases("und"),
    point=phrases("komma"),
    decimal_mark=",",
    minus=phrases("minus"),
    range_words=phrases("bis|oder"),
    between=phrases("zwischen"),
    vague=phrases("paar|einige|mehrere|unter|über|fast|beinahe|als|halbe|nicht|keine|ganz|knapp|anfang|mitte|ende"),
    ordinals=phrases("te|ten|ter|tes"),
    born=phrases("geboren|jahrgang|geburtsjahr"),
    future=phrases("werde|bald|demnächst|nächstes|nächsten|nächste|war"),
    age_to_come=each("im", "januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember")
    | each(
        "in",
        "einem|einer|zwei|drei|vier|fünf|sechs|ein paar|1|2|3|4|5|6",
        "tag|tagen|woche|wochen|monat|monaten|jahr|jahren",
    ),
    corrections=phrases("nein|quatsch|entschuldigung|meine|vielmehr|moment|sorry|korrigiere"),
    i_am=phrases("ich bin"),
    i=phrases("ich|wir"),
    years_old=phrases("jahre alt|jahr alt"),
    about=phrases("etwa|ungefähr|circa|ca|rund|so|vielleicht|das|sind|es|ich|bin|zahle|wohl|genau|gut"),
    currency=phrases("euro|euros|franken|dollar|pfund|eur|chf"),
    small_currency=phrases("cent|cents|rappen"),
    periods={
        plain(word): period
        for period, words in {
            "day": "tag|täglich|tage",
            "week": "woche|wöchentlich|wochen",
            "month": "monat|monatlich|monate",
            "year": "jahr|jährlich|jahre",
        }.items()
        for word in words.split("|")
    },
)
