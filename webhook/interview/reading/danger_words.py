"""The words of danger, and those that say there is none, by language.

Before they are compared, short forms are spelled out and words without a meaning of their own are left out
(`danger.compared`), in phrases as in what was said: "i want to die" stands for "I just wanna die", too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webhook.interview.reading.phrases import NOTHING, Words, each, phrases, plain

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class DangerWords:
    """Tables of one language; every phrase may stand anywhere in what was said."""

    spelled_out: Mapping[str, str] = field(default_factory=dict)
    softeners: Words = NOTHING
    #: Plain: they can mean nothing else.
    distress: Words = NOTHING
    threat: Words = NOTHING
    #: Doubtful: they may be a figure of speech. One that holds a plain phrase stands for it ("want to die of shame").
    maybe_distress: Words = NOTHING
    maybe_threat: Words = NOTHING
    #: Left out before either is looked for.
    harmless: Words = NOTHING
    #: The answers to "are you safe?": a yes, words that say it whatever no stands before them, and what leaves doubt.
    safe: Words = NOTHING
    safe_outright: Words = NOTHING
    unsafe: Words = NOTHING
    #: A no that leaves no doubt beside words that say it outright ("no, no, I was joking").
    no: Words = NOTHING


def _short_forms(text: str) -> dict[str, str]:
    """Pairs such as `don't=do not`, separated by bars."""
    pairs = (pair.split("=") for pair in text.split("|"))
    return {plain(short): plain(long) for short, long in pairs}


_MEANS_TO = (
    "want to|wanted to|going to|ready to|about to|trying to|tried to|try to|plan to|planning to|planned to|decided to"
    "|thinking of|thinking about|thought of|thought about|think about|think of|considering|feel like|feeling like"
    "|i will|hoping to|hope to|close to|urge to|ways to|wish i could"
)
_TO_ONESELF = (
    "kill myself|killing myself|end my life|ending my life|end my own life|take my life|taking my life|take my own life"
    "|taking my own life|end it all|ending it all|hang myself|hanging myself|shoot myself|shooting myself|drown myself"
    "|drowning myself|commit suicide|committing suicide|cut my wrists|cutting my wrists|slit my wrists|cut myself"
    "|cutting myself|hurt myself|hurting myself|harm myself|harming myself|do something to myself|be dead|being dead"
    "|throw myself off|throw myself in front|jump off a bridge|jump off the bridge|jump in front of a train"
)
_NOT_MEANT = (
    "do not want to|did not want to|never want to|not going to|not trying to|not planning to|not about to|will not|would not"
    "|would never|will never|not thinking of|not thinking about|do not plan to|not want to|not gonna|nobody should"
)
_KIN = "husband|wife|partner|boyfriend|girlfriend|father|mother|dad|mum|mom|stepfather|stepdad|son|brother|ex|boss|flatmate"
_I_WILL = "i will|i am going to|we will|we are going to|i want to|i plan to|i am planning to|i am about to"

ENGLISH = DangerWords(
    spelled_out=_short_forms(
        "don't=do not|doesn't=does not|didn't=did not|can't=can not|cannot=can not|couldn't=could not|won't=will not"
        "|wouldn't=would not|shouldn't=should not|isn't=is not|aren't=are not|wasn't=was not|weren't=were not|ain't=is not"
        "|i'm=i am|i've=i have|i'd=i would|i'll=i will|you're=you are|you'll=you will|he's=he is|she's=she is"
        "|they're=they are|there's=there is|it's=it is|that's=that is|everyone's=everyone is|everybody's=everybody is"
        "|wanna=want to|gonna=going to|gotta=got to|anymore=any more|ok=okay|alright=all right"
    ),
    softeners=phrases(
        "just|really|honestly|simply|actually|fucking|bloody|damn|even|so|very|totally|completely|seriously|truly"
        "|genuinely|sometimes|often|always|basically|also|still|now|today|tonight|tomorrow|already|again|uh|oh|well"
        "|quite|kinda|sorta|perfectly|absolutely|then"
    ),
    distress=each(_MEANS_TO, _TO_ONESELF)
    | each("want to|wanted to|wish i could|hoping to|waiting to|i would like to", "die")
    | each("want to|would like to|rather|would be better off|be better off|better off|wish i was|wish i were", "dead")
    | each("would rather|i would rather|want to|would like to", "be dead")
    | each(
        f"my {_KIN.replace('|', '|my ')}|he|she",
        "hits me|beats me|is hitting me|is beating me|is hurting me|strangles me|strangled me|is strangling me|chokes me"
        "|choked me|is choking me|raped me|abuses me|is abusing me|threatens to kill me|threatened to kill me|locked me in",
    )
    | each(
        "took|taken|swallowed",
        "all the|too many|a whole bottle of|a whole pack of",
        "pills|tablets|sleeping pills|sleeping tablets|painkillers",
    )
    | phrases(
        "suicidal thoughts|suicide note|i am suicidal|feel suicidal|feeling suicidal|thoughts of suicide"
        "|thinking about suicide|thinking of suicide|think about suicide|tried suicide|cut myself on purpose|i self harm"
        "|i am self harming|been self harming|do not want to live|no longer want to live|do not want to be alive"
        "|not want to be alive|do not want to exist|do not want to go on living|do not want to keep on living"
        "|do not want to keep living|can not go on living|no reason to live|no reason to go on living|nothing to live for"
        "|nothing left to live for|no will to live|no strength to live|no strength left to live|tired of living|tired of life"
        "|tired of being alive|sick of living|life is not worth living|my life has no meaning|no point in being alive"
        "|no point in my life|no point in going on|wish i had never been born|wish i was never born|wish i would not wake up"
        "|hope i do not wake up|pray i do not wake up|want my life to be over|want my life to end|want to end my life"
        "|i took an overdose|took an overdose|taken an overdose|i overdosed|i have overdosed"
        "|i am in danger|i am not safe|do not feel safe at home|am not safe at home|not safe at home|i was raped"
        "|i have been raped|i am being abused|being abused|i am being attacked|being held against my will|breaking into my house"
        "|is breaking in|are breaking in|someone broke in|there is an intruder|holding a knife|gun to my head"
        "|pointing a gun|strangling me|choking me|can not breathe|having a heart attack|having a stroke|call an ambulance"
        "|send an ambulance|need an ambulance|call me an ambulance|get me an ambulance|please call the police|you call the police|need the police|send the police"
        "|i am bleeding|bleeding heavily|bleeding out"
    ),
    maybe_distress=phrases(_TO_ONESELF)
    | each("want to|wanted to|wish i could", "disappear|vanish|disappear forever|not wake up|never wake up")
    | each("want to|wanted to", "die of|die in|die at|die old|die happy|die with|die a|die laughing|die right there")
    | each("can not", "go on any more|go on like this|go on", "")
    | each(
        "can not|could not", "take it|take this|bear it|bear this|stand it|stand this|cope|do this|face it", "any more"
    )
    | each("jump", "off|out of|from", "a|the", "bridge|window|roof|balcony|building|cliff")
    | each("in front of", "a|the", "train|bus|lorry|truck")
    | each("take|taking|took", "all my|all of my|a lot of", "pills|tablets|sleeping pills|sleeping tablets|painkillers")
    | each("nearly|almost|like|practically", "having a heart attack|having a stroke")
    | each("had to|used to", "call an ambulance|call the police")
    | phrases(
        "suicide|suicidal|self harm|self harming|overdose|overdosed|would rather die|rather die|ready to die|feel like dying"
        "|feel like death|felt like dying|do not want to live like this|do not want to live like that"
        "|do not want to live without|not want to live in this world|not worth living|no point in living|no point living"
        "|no point any more|hate my life|hate myself|hate being alive|had enough of life|give up on life|giving up on life"
        "|thinking about ending it|thought about ending it|think about ending it|thinking of ending it|chest pain|chest pains|pain in my chest"
        "|lost the will to live|lost all hope|no hope left|there is no hope|no way out|see no way out|do not see a way out"
        "|do not want to be here any more|do not want to wake up|never been born|better off without me"
        "|nobody would miss me|no one would miss me|who would miss me|would not miss me|burden to everyone"
        "|burden to my family|want it to be over|want it all to be over|want it all to end|want it all to stop"
        "|sleep forever|say goodbye to everyone|i am not safe on|i am not safe in|not safe in traffic|can not breathe in|can not breathe there"
        "|can not breathe at|he hit me|she hit me|they hit me|hurting me|afraid of my husband|afraid of my wife"
        "|afraid of my partner|scared of my husband|scared of my partner|afraid to go home|scared to go home"
        "|will not let me leave|does not let me leave|someone is following me|being followed|going to kill me"
        "|wants to kill me|trying to kill me|call the police|kidnapped|he has a gun|he has a knife|she has a knife"
        "|do not feel safe|feel unsafe|in despair|not make it through the night"
    ),
    threat=each(
        _I_WILL,
        "kill|hurt|shoot|stab|murder|strangle|attack|poison|beat up|blow up|burn",
        "you|you all|all of you|everyone|everybody|people|them all",
    )
    | each(_I_WILL, "hurt|shoot|stab|attack|poison|beat up|strangle", "someone|somebody")
    | each(_I_WILL, "shoot|stab|poison|strangle", f"him|her|them|my {_KIN.replace('|', '|my ')}")
    | each(_I_WILL, "burn down|shoot up", "your|the|this|that|my")
    | each(
        _I_WILL,
        "blow up|bomb",
        "your|the building|this building|the house|the school|the office|the station|this place",
    )
    | each("i have|i have got|there is|i planted|i am planting|i put|i am building|i have planted", "a bomb")
    | phrases("bomb threat|hunt you down|kill them all|come and find you|i know where you live|going to kill you"),
    maybe_threat=each(_I_WILL, "kill|hurt|murder|attack|beat up", f"him|her|them|my {_KIN.replace('|', '|my ')}")
    | each(_I_WILL, "kill|murder", "someone|somebody")
    | each(
        "feel like|could|like to",
        "killing|hurting|strangling|kill|hurt|strangle",
        "him|her|them|someone|somebody|people",
    )
    | each(_I_WILL, "blow up|bomb", "this|that|the|my")
    | phrases(
        "come after you|i will find you|you are dead|you are going to die|you will die|you will regret this|bring a gun"
        "|kill you|i have a gun with me|going to get my gun|somebody will get hurt|someone will get hurt"
        "|somebody is going to get hurt|someone is going to get hurt|make them pay for"
    ),
    harmless=each(_NOT_MEANT, _TO_ONESELF)
    | each("do not want to|did not want to|not want to|never want to|scared to|afraid to", "die")
    | each(
        "do not want to live",
        "in|there|here|with|near|at|on|by|alone|together|next|far|that|under|outside|anywhere|abroad|off|for|somewhere"
        "|downtown|out",
    )
    | each(
        "no point in living|no point living|not worth living",
        "in|there|here|near|with|at|on|by|alone|together|far|that|this|outside|anywhere|somewhere|downtown|out",
    )
    | each("do not want to wake up", "early|at|before|to|in|with|for|late|every|the|my|on|and")
    | each(
        "hurt myself|hurting myself|hurt himself|hurt herself",
        "running|playing|training|skiing|lifting|climbing|doing|while|when|at|in|on|jogging|cycling|last|once|during|badly at"
        "|a bit|again at|riding|dancing|skating|working out|exercising",
    )
    | each(
        "my",
        "back|knee|knees|neck|shoulder|shoulders|feet|foot|head|tooth|teeth|hip|hips|leg|legs|arm|arms|shoes|eyes|hand|hands"
        "|stomach|ankle|ankles|joints|muscles",
        "is|are|keeps|kept|started",
        "hurting me",
    )
    | each("hits me|beats me|hit me", "up|at|to|in|by|that|every|like|with|when we play|on")
    | each(
        "can not go on like this",
        "|with|because of",
        "|the|my|this",
        "rent|rents|bills|mortgage|work|job|commute|prices",
    )
    | each("will|would|does|did|could", "not", "kill you|hurt you")
    | each("what does not|it might|it could|going there will", "kill you")
    | each("overdosed on|overdose on|overdose of", "netflix|sugar|coffee|chocolate|caffeine|tv|news|cheese|sweets|work")
    | phrases(
        "no suicidal thoughts|no thoughts of suicide|not having suicidal thoughts|suicidal patients|suicidal clients|suicidal people|suicidal callers"
        "|suicide squad|bath bomb|bath bombs|dressed to kill|bomb shelter|suicide prevention|suicide bomber|not suicidal"
        "|never suicidal|in danger of|bleeding money|bleeding cash|a bombshell|drop a bomb|photo bomb|hurting my|hurt my"
    ),
    safe=phrases(
        "yes|yeah|yep|yup|yah|aye|sure|of course|certainly|definitely|i am|we are|absolutely|course i am|okay"
    ),
    safe_outright=each(
        "i am|i feel|we are|everyone is|everybody is|all|everything is|it is|that is|doing|feeling",
        "safe|fine|okay|all right|good|well|doing fine|doing okay|not in danger|safe and sound",
    )
    | each(
        "|it was|that was|this is|it is|only|merely|a",
        "|a|an",
        "figure of speech|joke|manner of speaking|saying|expression",
    )
    | each("i was|i am|was|only|", "kidding|joking|exaggerating")
    | each(
        "i",
        "did not|do not",
        "mean it|mean that|mean it like that|mean it that way|mean that literally|mean it literally",
    )
    | each(_NOT_MEANT, _TO_ONESELF)
    | phrases(
        "not literally|not serious|i am not serious|do not worry|no need to worry|nothing to worry about|no worries|not suicidal"
        "|nobody is in danger|no one is in danger|nobody will get hurt|no one will get hurt|no danger|not in danger"
        "|i would never|not like that|it is how i talk|the way i talk"
    ),
    unsafe=phrases(
        "not|never|but|though|although|however|if|only|maybe|perhaps|until|unless|i guess|i suppose|i think|i hope|hopefully"
        "|sort of|kind of|depends|probably|might|without|barely|hardly|nowhere|nothing|nobody|for the moment|more or less|no idea"
        "|as safe as|what do you care|help me|scared|afraid|alone|wait|as long as|unsafe|unfortunately|almost|nearly"
        "|he is|she is here|whatever|does it matter|who cares"
    ),
    no=phrases("no|nope|nah|nay"),
)

_DE_MEANS_TO = "will|möchte|wollte|werde|würde gern|würde gerne|würde lieber|könnte"
_DE_TO_ONESELF = (
    "mich umbringen|mich töten|mich erhängen|mich erschießen|mir das leben nehmen|mein leben beenden|mir etwas antun"
    "|mir was antun|meinem leben ein ende setzen|selbstmord begehen|suizid begehen|mich vor den zug werfen"
    "|mich vor einen zug werfen|mich selbst verletzen|mich ritzen|tot sein|meinem leben ein ende machen"
)
_DE_YOU = "dich|sie|euch|alle|sie alle|euch alle"
_DE_OTHERS = "ihn|jemanden|meine frau|meinen mann|meinen chef|meine chefin|meinen vater|meine mutter"
_DE_KIN = "mann|frau|freund|freundin|partner|partnerin|vater|mutter|ex|sohn|bruder|stiefvater"

GERMAN = DangerWords(
    spelled_out=_short_forms(
        "hab=habe|krieg=kriege|bring=bringe|tu=tue|mach=mache|spring=springe|würd=würde|wär=wäre|könnt=könnte|möcht=möchte|nich=nicht"
        "|halt's=halte es|halts=halte es|halt=halte|geht's=geht es|gehts=geht es|hab's=habe es|war's=war es|mir's=mir es"
    ),
    softeners=phrases(
        "einfach|nur|echt|wirklich|eigentlich|eben|mal|jetzt|heute|endlich|auch|schon|manchmal|oft|ganz|total|gerade|doch|bloß"
        "|wohl|sehr|irgendwie|äh|ähm|also|immer|wieder|ständig|momentan|liebsten|am"
    ),
    distress=each(_DE_MEANS_TO, _DE_TO_ONESELF)
    | each(_DE_MEANS_TO, "ich", _DE_TO_ONESELF)
    | each(_DE_TO_ONESELF, "will|möchte|werde|wollte")
    | each("ich will|ich möchte|ich wollte|will ich|möchte ich|dass ich", "sterben")
    | each("will|möchte", "sterben")
    | each("ich will|ich möchte|ich mag|möchte", "nicht mehr", "leben|weiterleben|da sein|hier sein auf der welt")
    | each("nicht mehr", "leben will|leben möchte|weiterleben|da sein will|leben wollen")
    | each(
        f"mein {_DE_KIN.replace('|', '|mein ')}|meine {_DE_KIN.replace('|', '|meine ')}|er|sie",
        "schlägt mich|verprügelt mich|würgt mich|bedroht mich|sperrt mich ein|misshandelt mich|vergewaltigt mich",
    )
    | each("wäre ich|ich wäre|wäre", "lieber tot|besser tot|tot")
    | each("alle|zu viele|eine ganze packung", "tabletten|schlaftabletten|schmerztabletten", "genommen|geschluckt")
    | phrases(
        "sterben will|sterben möchte|bringe mich um|töte mich|erhänge mich|mich umzubringen|mir das leben zu nehmen"
        "|mein leben zu beenden|mir etwas anzutun|mir was anzutun|tue mir etwas an|tue mir was an|ritze mich"
        "|verletze mich selbst|selbstmordgedanken|suizidgedanken|bin suizidal|bin selbstmordgefährdet|bin lebensmüde"
        "|keine kraft mehr zu leben|keine kraft mehr zum leben|keine lust mehr zu leben|keine lust mehr aufs leben"
        "|keinen grund mehr zu leben|keinen grund zu leben|nichts mehr wofür ich lebe|leben hat keinen sinn"
        "|leben hat keinen sinn mehr|im leben keinen sinn|im leben keinen sinn mehr|keinen sinn mehr im leben"
        "|leben ist sinnlos|leben ist nicht mehr lebenswert|lebenswille ist weg|wäre ich nie geboren|nicht mehr aufwachen will"
        "|nie wieder aufwachen|überdosis genommen|zu viele tabletten|alle tabletten genommen|ich verblute|ich blute"
        "|pulsadern|ich bin in gefahr|bin in gefahr|ich bekomme keine luft|ich kriege keine luft|bekomme keine luft"
        "|kriege keine luft|ich habe einen herzinfarkt|brauche einen krankenwagen|rufen sie einen krankenwagen"
        "|rufen sie den notarzt|rufen sie die polizei|wurde vergewaltigt|würgt mich|wird bei mir eingebrochen"
        "|jemand bricht ein|hält mich fest|mit dem messer vor mir"
    ),
    maybe_distress=phrases(_DE_TO_ONESELF)
    | each("aus dem fenster|vom dach|von der brücke|von einer brücke|vom balkon", "springen|springe|stürzen|stürze")
    | each("springe|spring", "aus dem fenster|vom dach|von der brücke|von einer brücke|vom balkon")
    | each("vor den|vor einen", "zug|lkw|bus")
    | each("nicht mehr", "leben|da sein|aufwachen")
    | each("ich will|ich möchte|will ich|möchte ich", "sterben vor|sterben im|sterben in|sterben wie")
    | phrases(
        "selbstmord|suizid|suizidal|lebensmüde|mich verletzen|verletze mich|lieber sterben|würde lieber sterben"
        "|halte es nicht mehr aus|halte das nicht mehr aus|nicht mehr auszuhalten|niemand würde mich vermissen"
        "|keiner würde mich vermissen|ohne mich besser dran|mit allem schluss machen|schluss machen mit allem"
        "|allem ein ende|will weg sein|keinen ausweg|keinen ausweg mehr|keine hoffnung mehr|weiß nicht mehr weiter"
        "|so nicht mehr weiter|hasse mein leben|hasse mich|nie geboren|für immer schlafen|allen nur zur last"
        "|allen zur last|einen herzinfarkt|angst vor meinem mann|angst vor meinem freund|angst vor meiner frau"
        "|angst nach hause zu gehen|traue mich nicht nach hause|jemand verfolgt mich|werde verfolgt|werde bedroht"
        "|fühle mich nicht sicher|bin nicht sicher zu hause|er hat eine waffe|er hat ein messer|lässt mich nicht raus"
        "|lässt mich nicht gehen|die polizei rufen|einen krankenwagen rufen|brauche hilfe ich|will verschwinden"
        "|möchte verschwinden|will nicht mehr hier sein"
    ),
    threat=each("ich bringe", _DE_YOU, "um")
    | each("ich mache", "dich|euch", "kalt|fertig")
    | each(
        "ich werde|ich will", _DE_YOU, "umbringen|töten|erschießen|erstechen|verletzen|verprügeln|fertigmachen|schlagen"
    )
    | each("ich werde|ich will", "jemanden", "erschießen|erstechen|verletzen|verprügeln|töten")
    | each("ich töte|ich erschieße|ich ersteche|ich verprügle|ich schlage", _DE_YOU)
    | each("ich erschieße|ich ersteche|ich töte", _DE_OTHERS)
    | each("ich habe|hier ist|da ist|es gibt|ich lege|ich baue", "eine bombe")
    | phrases("bombendrohung|ich weiß wo sie wohnen|ich weiß wo du wohnst|ich steche sie ab|ich steche dich ab"),
    maybe_threat=each("ich bringe", _DE_OTHERS, "um")
    | each("ich mache", f"sie|alle|{_DE_OTHERS}", "kalt|fertig")
    | each("ich werde|ich will|ich könnte", _DE_OTHERS, "umbringen|töten|erwürgen|verprügeln|fertigmachen|schlagen")
    | each("ich verprügle|ich schlage|ich erwürge", _DE_OTHERS)
    | each("könnte", _DE_OTHERS, "umbringen|erwürgen|erschießen")
    | each("dann|sonst", "passiert|geschieht", "ihm|ihr|dir|ihnen|euch|jemandem", "was|etwas")
    | phrases(
        "du bist tot|dann knallt es|sonst knallt es|es wird jemand verletzt|ich finde sie noch|das werden sie bereuen"
    ),
    harmless=each(
        "halte es nicht mehr aus|halte das nicht mehr aus",
        "|mit|bei|wegen",
        "|die|der|den|das|dem|meiner|meine|diese|diesen",
        "miete|mieten|rechnungen|arbeit|job|kredit|preise|verkehr|hitze|lärm",
    )
    | each("hatte|gehabt|nach", "einen herzinfarkt")
    | each("schlägt mich", "im|beim|in|um|mit|vor")
    | each("verletze mich|mich verletzen|mich verletze", "beim|im|bei")
    | each("will|möchte|werde|würde", "mich|mir", "nicht", "umbringen|töten|das leben nehmen|etwas antun|was antun")
    | each("will|möchte", "nicht", "sterben")
    | phrases(
        "keine suizidgedanken|keine selbstmordgedanken|suizidale patienten|suizidalen patienten|nicht suizidal|suizidprävention|suicide squad|in gefahr zu|bringt mich um|einen herzinfarkt gehabt"
    ),
    safe=phrases("ja|jo|jep|jawohl|klar|natürlich|selbstverständlich|auf jeden fall|bin ich|sicher|sind wir|okay"),
    safe_outright=each("ich bin|bin|wir sind|alle sind|es sind alle", "sicher|in sicherheit|außer gefahr|okay")
    | each("mir geht es|mir gehts|es geht mir|uns geht es|geht es mir|es geht uns", "gut|bestens|prima|okay")
    | each("alles", "gut|okay|in ordnung|bestens|klar|prima")
    | each(
        "|war|war ein|das war|das war ein|ist ein|das ist ein|das ist eine|war eine|eine",
        "spaß|scherz|witz|redewendung|redensart|spruch",
    )
    | each(
        "|das|das war|das ist|war|es war",
        "nicht",
        "ernst|ernst gemeint|so gemeint|wörtlich|wörtlich gemeint|so ernst gemeint",
    )
    | each("|das", "habe ich|meine ich|meinte ich", "nicht", "so gemeint|ernst|ernst gemeint|wörtlich|so")
    | phrases(
        "so gesagt|so dahingesagt|dahingesagt|im übertragenen sinne|sprichwörtlich|übertrieben|keine sorge|keine angst"
        "|keine gefahr|nicht in gefahr|niemand ist in gefahr|es passiert niemandem was|niemandem passiert was"
        "|ich tue mir nichts|tue mir nichts an|ich tue niemandem was|nicht suizidal"
    )
    | each("will|möchte|werde|würde", "mich|mir", "nicht", "umbringen|töten|das leben nehmen|etwas antun|was antun"),
    unsafe=phrases(
        "nicht|nie|niemals|aber|wenn|falls|vielleicht|noch|kein|keine|keinen|kaum|ohne|glaube|denke|hoffe|hoffentlich|eher"
        "|ungefähr|fast|weiß nicht|keine ahnung|nichts|niemand|bis|solange|allein|alleine|angst|leider|kommt drauf an|naja|na ja"
        "|moment|warten|helfen|hilfe|egal|halbwegs|einigermaßen"
    ),
    no=phrases("nein|nee|nö"),
)

_FR_MEANS_TO = "je veux|je vais|j'ai envie de|envie de|je voudrais|je pense à|je compte|j'ai essayé de|pense à|veux"
_FR_TO_ONESELF = (
    "me tuer|me suicider|mourir|mettre fin à mes jours|mettre fin à ma vie|en finir avec la vie|en finir avec tout|me pendre"
    "|me foutre en l'air|m'ouvrir les veines|me jeter sous un train|me jeter par la fenêtre|me faire du mal|me mutiler|me noyer"
)
_FR_KIN = "mari|femme|compagnon|compagne|copain|copine|conjoint|père|mère|ex|fils|frère|patron|beau père"
_FR_YOU = "vous|te|toi|tous|tout le monde"

FRENCH = DangerWords(
    softeners=phrases(
        "vraiment|juste|simplement|parfois|souvent|toujours|encore|là|maintenant|aujourd'hui|bien|très|trop|tellement|même"
        "|carrément|franchement|honnêtement|euh|ben|ne|n"
    ),
    distress=each(_FR_MEANS_TO, _FR_TO_ONESELF)
    | each(
        f"mon {_FR_KIN.replace('|', '|mon ')}|ma {_FR_KIN.replace('|', '|ma ')}|il|elle",
        "me frappe|me bat|me tape|m'étrangle|m'a étranglée|m'a frappée|me menace|m'enferme|m'a violée|veut me tuer",
    )
    | each(
        "j'ai pris|j'ai avalé|pris|avalé",
        "tous les|tous mes|trop de|une boîte de",
        "médicaments|cachets|comprimés|somnifères",
    )
    | phrases(
        "pensées suicidaires|idées suicidaires|je suis suicidaire|lettre d'adieu|je veux plus vivre|veux plus vivre"
        "|plus envie de vivre|pas envie de vivre|plus la force de vivre|plus de raison de vivre|aucune raison de vivre"
        "|la vie vaut pas la peine|ma vie a plus de sens|ma vie n'a plus de sens|fatigué de vivre|fatiguée de vivre|marre de vivre"
        "|mieux si j'étais mort|mieux si j'étais morte|voudrais être mort|voudrais être morte|préférerais être mort|préférerais être morte"
        "|plus me réveiller|pas me réveiller demain|je me scarifie|je me mutile|overdose|je suis en danger|suis en danger"
        "|appelez une ambulance|appelez le samu|appelez les pompiers|appelez la police|besoin d'une ambulance|appelez les secours"
        "|je fais une crise cardiaque|je fais un avc|j'arrive plus à respirer|je peux plus respirer|je n'arrive plus à respirer|je saigne beaucoup"
        "|mal à la poitrine|douleur à la poitrine|on m'a violée|on m'agresse|quelqu'un est entré chez moi|il a un couteau"
    ),
    maybe_distress=phrases(_FR_TO_ONESELF)
    | phrases(
        "suicide|suicidaire|suicider|je n'en peux plus|j'en peux plus|en peux plus|à bout|au bout du rouleau|plus la force|envie de disparaître"
        "|veux disparaître|voudrais disparaître|envie de tout arrêter|tout arrêter|plus d'espoir|aucun espoir|sans issue|je me déteste|je déteste ma vie"
        "|manquerais à personne|personne ne me regretterait|mieux sans moi|un poids pour|peur de mon mari|peur de mon copain|peur de ma femme"
        "|peur de rentrer|me suit dans la rue|je me sens pas en sécurité|me sens pas en sécurité|il m'a frappé|elle m'a frappé|crise cardiaque|ambulance"
        "|dormir pour toujours|je saigne|plus envie de rien|à quoi bon vivre|finir avec tout"
    ),
    threat=each(
        "je vais|je veux|on va|nous allons", _FR_YOU, "tuer|buter|frapper|égorger|poignarder|étrangler|crever|descendre"
    )
    | each("je vais|je veux", "tuer|poignarder|frapper|abattre|empoisonner", "quelqu'un|tout le monde|vous tous")
    | phrases(
        "il y a une bombe|j'ai une bombe|j'ai posé une bombe|alerte à la bombe|je sais où vous habitez|tout faire sauter|je vais vous tuer|je vais te tuer"
    ),
    maybe_threat=each("je vais|je veux|je pourrais|j'ai envie de", "le|la|les", "tuer|frapper|étrangler|buter")
    | each(
        "je vais|je veux|je pourrais|j'ai envie de",
        "tuer|frapper|étrangler",
        "mon patron|mon mari|ma femme|mon père|ma mère|mon voisin",
    )
    | phrases(
        "vous allez le regretter|tu vas le regretter|je vous retrouverai|ça va mal finir|vous êtes mort|quelqu'un va souffrir"
    ),
    harmless=phrases(
        "pas suicidaire|pas me suicider|pas me tuer|pas mourir|pas envie de mourir|veux pas mourir|prévention du suicide|suicide squad|mourir de rire"
        "|mourir de faim|mourir de soif|mourir de froid|mourir de chaud|mourir de honte|mourir d'ennui|mourir d'envie|bombe à|une bombe sexuelle"
        "|plus vivre ici|plus vivre en ville|plus vivre à|plus vivre chez|plus vivre avec|plus vivre en|plus vivre dans|plus vivre comme|pas vivre ici"
        "|a fait une crise cardiaque|eu une crise cardiaque"
    )
    | each(
        "j'en peux plus|je n'en peux plus",
        "de ce|de cette|du|de la|des|de mon|de ma",
        "travail|boulot|bruit|loyer|trajet|trajets|chaleur|boss|chef|voisins|embouteillages",
    ),
    safe=phrases("oui|ouais|bien sûr|tout à fait|absolument|certainement|je le suis|ok"),
    safe_outright=each("je suis|tout le monde est|on est|nous sommes", "en sécurité|hors de danger|en sûreté")
    | each("je vais|tout va|ça va|tout le monde va", "bien|très bien|parfaitement bien")
    | phrases(
        "c'était une blague|je plaisantais|je rigolais|je rigole|je plaisante|c'est une façon de parler|façon de parler|une expression|c'est une expression"
        "|au sens figuré|pas sérieux|pas sérieusement|pas de danger|aucun danger|pas en danger|ne vous inquiétez pas|vous inquiétez pas|pas suicidaire"
    ),
    unsafe=phrases(
        "pas|jamais|mais|si|seulement|peut être|je crois|je pense|j'espère|plus ou moins|ça dépend|sans|personne|rien|peur|seul|seule|attendez|aidez moi|aide"
        "|malheureusement|presque|pour l'instant|pour le moment|je sais pas"
    ),
    no=phrases("non|nan"),
)

_ES_MEANS_TO = "quiero|voy a|quisiera|tengo ganas de|ganas de|pienso en|he pensado en|estoy pensando en|intenté|he intentado|me gustaría"
_ES_TO_ONESELF = (
    "matarme|suicidarme|morir|morirme|quitarme la vida|acabar con mi vida|acabar con todo|terminar con todo|ahorcarme|cortarme las venas"
    "|tirarme por la ventana|tirarme al tren|tirarme de un puente|hacerme daño|lastimarme|dejar de vivir|pegarme un tiro"
)
_ES_KIN = "marido|mujer|esposo|esposa|novio|novia|pareja|padre|madre|ex|hijo|hermano|jefe|padrastro"

SPANISH = DangerWords(
    softeners=phrases(
        "realmente|de verdad|simplemente|solo|sólo|a veces|siempre|todavía|ya|ahora|hoy|muy|tan|también|incluso|sinceramente|la verdad|eh|pues|bueno"
    ),
    distress=each(_ES_MEANS_TO, _ES_TO_ONESELF)
    | each("me quiero|me voy a", "matar|morir|suicidar|ahorcar|quitar la vida")
    | each(
        f"mi {_ES_KIN.replace('|', '|mi ')}|él|ella",
        "me pega|me golpea|me maltrata|me estrangula|me amenaza|me encierra|me ha pegado|me violó|me quiere matar|abusa de mí",
    )
    | each(
        "me tomé|me he tomado|tomé|tragué",
        "todas las|demasiadas|un bote de|una caja de|muchas",
        "pastillas|píldoras|tabletas",
    )
    | phrases(
        "pensamientos suicidas|ideas suicidas|soy suicida|nota de suicidio|no quiero vivir|no quiero seguir viviendo|sin ganas de vivir|no tengo ganas de vivir"
        "|no tengo fuerzas para vivir|no merece la pena vivir|no vale la pena vivir|mi vida no tiene sentido|la vida no tiene sentido|cansado de vivir|cansada de vivir"
        "|ojalá estuviera muerto|ojalá estuviera muerta|preferiría estar muerto|preferiría estar muerta|estaría mejor muerto|estaría mejor muerta|no quiero despertar"
        "|no despertarme más|me autolesiono|me corto los brazos|sobredosis|estoy en peligro|llame a una ambulancia|llamen a una ambulancia|necesito una ambulancia"
        "|llame a la policía|llamen a la policía|llame a emergencias|me está dando un infarto|un derrame cerebral|no puedo respirar|me estoy desangrando|estoy sangrando mucho"
        "|me duele mucho el pecho|dolor en el pecho|me han violado|me violaron|han entrado en mi casa|tiene un cuchillo"
    ),
    maybe_distress=phrases(_ES_TO_ONESELF)
    | phrases(
        "suicidio|suicida|suicidarse|no puedo más|ya no puedo más|no aguanto más|no lo soporto más|no soporto más|quiero desaparecer|quisiera desaparecer|quiero que todo acabe"
        "|que se acabe todo|sin esperanza|no hay salida|no veo salida|me odio|odio mi vida|nadie me echaría de menos|mejor sin mí|una carga para|miedo de mi marido"
        "|miedo a mi marido|miedo a mi novio|miedo de mi novio|miedo a mi mujer|miedo de volver a casa|miedo de ir a casa|me siguen|no me siento seguro|no me siento segura|me pegó|infarto|ambulancia"
        "|dormir para siempre|no quiero estar aquí|estoy sangrando|para qué vivir|no le veo sentido a la vida"
    ),
    threat=each(
        "te voy a|le voy a|os voy a|los voy a|voy a",
        "matar|apuñalar|disparar|golpear|pegar|reventar|rajar",
        "|a todos|a alguien|a usted|a vosotros",
    )
    | phrases(
        "hay una bomba|tengo una bomba|he puesto una bomba|amenaza de bomba|sé dónde vive|sé dónde vives|voy a poner una bomba|los mato a todos|te mato"
    ),
    maybe_threat=each(
        "voy a|quiero|podría|me dan ganas de",
        "matarlo|matarla|matarlos|pegarle|estrangularlo|estrangularla|golpearlo|golpearla",
    )
    | each(
        "voy a|quiero|podría|me dan ganas de",
        "matar|pegar|estrangular|golpear",
        "a mi jefe|a mi marido|a mi mujer|a mi vecino|a mi padre|a mi madre",
    )
    | phrases(
        "se va a arrepentir|te vas a arrepentir|le voy a encontrar|va a acabar mal|alguien va a salir herido|está usted muerto"
    ),
    harmless=phrases(
        "no soy suicida|no quiero morir|no quiero morirme|no quiero matarme|no voy a matarme|no me quiero morir|prevención del suicidio|escuadrón suicida|morir de risa|morirme de risa"
        "|morir de hambre|morirme de hambre|morir de sed|morirme de sed|morir de frío|morirme de frío|morir de calor|morirme de calor|morir de vergüenza|morirme de vergüenza|morir de aburrimiento|morirme de sueño|morir de ganas"
        "|no quiero vivir aquí|no quiero vivir en|no quiero vivir con|no quiero vivir así de lejos|no quiero vivir solo en|no quiero vivir cerca|me muero de|pasarlo bomba|tuvo un infarto|ha tenido un infarto|bomba de"
    )
    | each(
        "no puedo más|no aguanto más|no soporto más",
        "con|con el|con la|el|la|los|las|este|esta",
        "trabajo|tráfico|ruido|calor|alquiler|jefe|vecinos|atascos",
    ),
    safe=phrases("sí|si|claro|por supuesto|desde luego|seguro|vale"),
    safe_outright=each(
        "estoy|estamos|todos están|están todos",
        "a salvo|bien|muy bien|seguro|segura|seguros|fuera de peligro|en lugar seguro",
    )
    | phrases(
        "era una broma|es una broma|estaba bromeando|era broma|es un decir|es una forma de hablar|una forma de hablar|una manera de hablar|es una expresión|no lo decía en serio"
        "|no hablaba en serio|no iba en serio|no hay peligro|ningún peligro|no estoy en peligro|no se preocupe|todo está bien|todo bien|en sentido figurado"
    ),
    unsafe=phrases(
        "no estoy|no me siento|no del todo|no mucho|no tanto|no es seguro|nunca|pero|si no|solo|quizás|quizá|tal vez|a lo mejor|creo|espero|más o menos|depende|sin|nadie|nada|miedo|sola|espere|ayúdeme|ayuda|por desgracia|casi|por ahora|de momento|no sé"
    ),
)

KNOWN = (ENGLISH, GERMAN, FRENCH, SPANISH)
"""Danger is listened for in all of them, whatever the language of the call."""


MEDICAL = phrases(
    "ambulance|chest|stroke|heart attack|breathe|overdose|overdosed|krankenwagen|notarzt|rettungswagen|herzinfarkt"
    "|schlaganfall|luft|overdosis|samu|pompiers|poitrine|crise cardiaque|respirer|avc|ambulancia|infarto|derrame|respirar"
    "|pecho|sobredosis"
)
"""What a sign of danger holds where the body is in danger now: an ambulance helps, not only somebody to talk to."""
