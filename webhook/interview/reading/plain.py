"""Whether an answer is plain: free of whatever could be more than one, or something else.

Generous with its doubts, for what is not plain is only answered a moment later. Nothing is plain in a language that has
no table here.
"""

from __future__ import annotations

from collections import defaultdict

from webhook.interview.history import is_silence, normalise
from webhook.interview.reading.danger import danger_in
from webhook.interview.reading.doubts import asks_something
from webhook.interview.reading.languages import ALL, code_of, language
from webhook.interview.reading.line import PAUSES, any_of, compiled, line, split, tokens_of

_MARKS = PAUSES | {"?"}
_LONGEST = 200
"""Tokens of an answer that may be plain."""


def is_plain(utterance: str, tag: str) -> bool:
    """Whether the words can be nothing but an answer, in the language of this tag."""
    text = normalise(utterance)
    known, tables = _DOUBTS.get(code_of(tag)), language(tag)
    if known is None or tables is None or is_silence(text) or "?" in text or danger_in(text).found:
        return False
    said = f" {line(token for token in tokens_of(text, _LONGEST) if token not in PAUSES)}"
    words = set(said.split())
    if not words or any(f" {phrase} " in said for word in words & known.keys() for phrase in known[word]):
        return False
    return not asks_something(text, tables.doubts)


def says_nothing(utterance: str) -> bool:
    """Whether the words are none, or noise, greetings and a bare yes in any language code reads: "um", "hello? yes".

    A yes that answers something is understood before anybody asks this.
    """
    tokens = [token for token in tokens_of(normalise(utterance), _LONGEST) if token not in _MARKS]
    if not tokens:
        return len(utterance) <= _LONGEST
    said = line(tokens)
    return any(
        compiled(f"{any_of(tables.telling.noise, tables.telling.yes)}+").fullmatch(said) is not None for tables in ALL
    )


def _by_last_word(table: str) -> dict[str, list[str]]:
    """Phrases under their last word, so that only those are looked for whose last word was said at all."""
    found: dict[str, list[str]] = defaultdict(list)
    for phrase in split(table):
        found[phrase.rpartition(" ")[2]].append(phrase)
    return dict(found)


_ENGLISH = (
    # stopping
    "stop|stopping|quit|end|ending|enough|finish|finished|done|hang|hanging|bye|goodbye|good bye|have to go|need to go"
    "|got to go|gotta go|must go|should go|have to leave|need to leave|leave me|leave it|call back|call me|call you"
    "|another time|some other time|no more|not now|not today|anymore|any more|forget it|give up|over with|busy|shut up"
    "|get off|cancel|interview|too long|take long|waste of time|bored|tired of this|like to leave|want to leave|leaving"
    "|that will do|that'll do|that's all|wrap up|dash|had it|no thank|no thanks|interested|object|tomorrow|later|withdraw"
    "|take me off|remove|bad line|bad connection|line is bad|my data|data|store|stored|storing|stupid|annoying|nearly there|almost there|speak to|talk to"
    # asking
    "|do you|can you|could you|would you|will you|are you|did you|have you|were you|about you|you a|is it|is this|is that"
    "|does it|can i|may i|could i|should i|do i|am i|tell me|explain|meaning|wonder|wondering|curious|want to know"
    "|like to know|question|questions|asking|why|how come|robot|machine|computer|human|real person|an ai"
    # danger
    "|die|dying|died|dead|death|kill|killed|killing|suicide|suicidal|hurt|hurts|hurting|harm|harming|pain|painful|cry"
    "|crying|scared|afraid|frightened|hopeless|worthless|pointless|alone|lonely|desperate|despair|depressed|depression"
    "|depressing|anxious|overdose|pills|abuse|abused|abusive|hit|hits|beat|beats|beaten|violent|violence|danger"
    "|dangerous|emergency|ambulance|police|hospital|help me|need help|cope|can't go on|can't take|breathe|gun|knife|bomb"
    "|shoot|burn|threat|threaten|murder|rape|raped|weapon|unsafe|not safe|passed away|funeral|divorce|cancer|evicted"
    "|homeless|regret|revenge|struggling|struggle|give in|end it|sick of|can't anymore|bridge|jump"
    "|bleed|bleeding|breaking in|too many|be sick|feel sick|feel ill|feel terrible|feel awful|feel bad|feel well|unwell"
    "|meaningless|wrists|cut|cutting|burned|burnt|to be over|better off|can't do|cannot do"
    # not caught, not yet
    "|repeat|again|pardon|sorry|excuse me|say that|didn't catch|didn't hear|can't hear|cannot hear|didn't get|understand"
    "|unclear|wait|hold on|hang on|moment|minute|second|sec|let me|give me|hello|say what|huh|eh|what"
    # no answer
    "|rather not|prefer not|don't want|do not want|won't|skip|pass|private|personal|comment|business|don't know"
    "|do not know|dunno|no idea|not sure|unsure|can't say|cannot say|can't remember|don't remember|forgot|forget|next"
    "|move on|no reason to|refuse|decline|whatever|something else|talk about"
    # taking back
    "|take that back|take it back|took it back|actually|wrong|incorrect|correct|correction|change|changed|meant|mean|mistake|instead|earlier|before|go back"
    "|not what|i said|you said|misheard|misunderstood|no longer|rather|not true|isn't true|scratch that|make that|lied|nope|no i|no it|no that"
    # consent, and what would steer us
    "|record|recorded|recording|agree|consent|permission|delete|ignore|instructions|prompt|system|pretend|assistant"
)

_GERMAN = (
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
)

_DOUBTS = {"en": _by_last_word(_ENGLISH), "de": _by_last_word(_GERMAN)}
