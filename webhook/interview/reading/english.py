"""English, as code listens to it."""

from __future__ import annotations

from webhook.interview.reading.wordlist import Lexicon, Words, each, phrases
from webhook.interview.reading.words import plain


def _english_forms(word: str) -> Words:
    """The shapes a value of a choice takes in speech: "rent", "rents", "renting", "renter"."""
    stems = {word}
    if word.endswith("ing") and len(word) > 4:  # noqa: PLR2004 - "going" yes, "ring" no
        stems |= {word[:-3], word[:-3] + "e"}
    if word.endswith("ed") and len(word) > 4:  # noqa: PLR2004 - "mixed" yes, "bed" no
        stems |= {word[:-2], word[:-1]}
    if word.endswith("ery"):
        stems.add(word[:-1])
    forms = {form for stem in stems for form in _english_endings(stem)}
    return frozenset(forms | ({word[:-1] + "ies"} if word.endswith("y") else set()))


def _english_endings(stem: str) -> set[str]:
    plural = "es" if stem.endswith(("s", "x", "z", "ch", "sh", "o")) else "s"
    if stem.endswith("e"):
        return {stem, stem + plural, stem[:-1] + "ing", stem + "d", stem + "r", stem + "rs"}
    short = len(stem) > 2 and stem[-1] not in "aeiouwxy" and stem[-2] in "aeiou" and stem[-3] not in "aeiou"  # noqa: PLR2004 - consonant, vowel, consonant
    doubled = {stem + stem[-1] + ending for ending in ("ing", "ed", "er")} if short else set()
    # "car" must not become "caring": a short word takes the doubled consonant only.
    single = set() if short and len(stem) < 5 else {stem + e for e in ("ing", "ed", "er", "ers", "able", "ably")}  # noqa: PLR2004 - "travel" takes both
    return {stem, stem + plural} | doubled | single


_EN_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_EN_TEENS = "seventeen eighteen nineteen"
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_EN_NUMBERS = {word: float(n) for n, word in enumerate(f"{_EN_UNITS} {_EN_TEENS}".split())} | {
    word: n * 10.0 for n, word in enumerate(_EN_TENS.split(), 2)
}
_EN_WILL = "i will|i'll|i'm going to|i am going to|i'm gonna|im gonna|we will|we'll|we're going to"
_EN_VICTIMS = (
    "you|you all|all of you|him|her|them|everyone|everybody|someone|somebody|people|my wife|my husband|my boss"
)

ENGLISH = Lexicon(
    breaks=phrases("but|because|although|though|whereas"),
    fillers=phrases(
        "um|uh|er|erm|hmm|mm|oh|ah|well|so|please|now|just|actually|really|honestly|okay|ok|sorry|no|yes|yeah|hey|hello"
        "|hi|thanks|right|and|then|i'm afraid|afraid|here|today|like"
    ),
    hedges=phrases(
        "um|uh|er|erm|hmm|mm|oh|ah|well|so|please|just|actually|really|honestly|thanks|maybe|perhaps|probably|and|then"
        "|mostly|mainly|usually|only|quite|that|hello|hi|hey|okay|ok"
    ),
    stop=phrases(
        "stop|stop it|stop this|stop the call|stop the interview|stop talking|stop calling me|stop recording|quit|end the call"
        "|end this call|end the interview|end this|end it|end this interview|finish the call|hang up|hang up the phone"
        "|goodbye|good bye|bye|bye bye|that's enough|enough|i've had enough|i have had enough|let's stop|let's stop there"
        "|let's end this|let's end it|let's end the call|let's finish|can we stop|can we stop this|could we stop"
        "|can we end this|can we end the call|can you stop|could you stop|can we finish|i'm done|i am done|i'm finished"
        "|i have to go|i've got to go|i gotta go|i need to go|i must go|i have to leave|i have to hang up|i need to hang up"
        "|i'm hanging up|i'm going to hang up|i don't want to continue|i don't want to go on|i don't want to carry on"
        "|i don't want to do this|i don't want to do this anymore|i don't want to talk|i don't want to talk anymore"
        "|i don't want to talk to you|i don't want to answer any more questions|no more questions|leave me alone"
    )
    | each(
        "i want to|i'd like to|i would like to|i wanna|i need to|we need to|i think we should|can i|i think i want to",
        "stop|stop this|stop it|stop there|stop the call|stop the interview|stop talking|end this|end the call|quit"
        "|end the interview|end this call|hang up|finish",
    ),
    repeat=phrases(
        "say that again|say it again|say again|repeat|repeat that|repeat it|repeat the question|repeat that question"
        "|come again|once more|one more time|again|i beg your pardon|beg your pardon|pardon me|what was that"
        "|what was the question|what was that question|what was your question|what's the question|what is the question"
        "|what did you say|what did you ask|what do you mean|what do you mean by that|what does that mean|what you mean"
        "|i don't know what you mean|i don't understand|i do not understand|i don't understand the question"
        "|i didn't understand|i didn't understand that|i didn't understand you|i didn't understand the question"
        "|i didn't hear|i didn't hear you|i didn't hear that|i didn't hear the question|i couldn't hear|i couldn't hear you"
        "|i couldn't hear that|i can't hear you|i didn't catch that|i didn't catch it|i didn't get that|i didn't get it"
        "|i missed that|i missed the question|you broke up|you're breaking up|you were breaking up"
    )
    | each(
        "can you|could you|would you|will you|can you please|could you please|would you please",
        "say that again|say it again|repeat|repeat that|repeat it|repeat the question|repeat that question"
        "|say that once more|ask that again|ask again|rephrase|rephrase that|rephrase the question",
    ),
    repeat_alone=phrases("what|sorry|pardon|excuse me|huh|eh|sorry what|what sorry|i'm sorry|say what"),
    wait=phrases(
        "wait|wait a moment|wait a minute|wait a second|wait a sec|hold on|hold on a second|hold on a moment|hang on"
        "|hang on a second|hang on a minute|hang on a moment|hold on a minute|hold on a sec|hang on a sec|hold the line"
        "|let me think|let me think about it|let me think about that|let me think for a second|let me see|let me check"
        "|bear with me|i need a moment|i need a minute|i need a second|not so fast|give me a chance to think"
    )
    | each(
        "|just|give me|just give me|can you give me|could you give me|can i have|wait",
        "one|a",
        "moment|second|minute|sec|tick",
    ),
    refused=phrases(
        "no comment|skip|skip it|skip that|skip this|skip this one|skip that one|skip the question|skip this question"
        "|skip that question|let's skip|let's skip it|let's skip that|let's skip this|let's skip this one|i'll skip"
        "|i'll skip that|i'll skip that one|i'll skip this one|can we skip|can we skip this|can we skip that"
        "|can we skip this one|can we skip that one|can we skip it|can i skip|can i skip this|can i skip that"
        "|can i skip this one|can i skip that one|could we skip that|could we skip this|could we skip this one|next"
        "|next question|next one|next topic|pass|i'll pass|i pass|i'll pass on that|i'll pass on that one|move on|let's move on"
        "|can we move on|none of your business|it's none of your business|that's none of your business|mind your own business"
        "|that's private|it's private|that's personal|it's personal|that's too personal|that's a bit personal"
        "|that's confidential|i'd rather not|i would rather not|i rather not|i prefer not to|i'd prefer not to"
        "|i would prefer not to|prefer not to|i'd prefer not|i don't want to|i refuse|i won't say|i won't answer"
        "|i'm not telling you|i'm not telling|i'm not answering|i'm not going to tell you|i'm not comfortable with that"
        "|i'm not comfortable saying|i'm not comfortable answering|that's not your business"
    ),
    refclock_start=each(
        "i'd rather not|i would rather not|i'd rather|i rather not|rather not|prefer not to|i prefer not to"
        "|i'd prefer not to|i would prefer not to|i don't want to|i do not want to|i don't wish to|i won't|i refuse to"
        "|i'm not going to|i am not going to|i'm not comfortable|i don't feel comfortable|i don't feel like",
        "say|saying|answer|answering|answer that|tell|tell you|telling|share|sharing|talk about|talking about|discuss"
        "|discussing|disclose|go into|get into|give that|give you that|give my|comment|reveal",
    )
    | phrases("i'd rather keep that|i would rather keep that|that's none of your|it's none of your"),
    refused_yes_no=phrases(
        "i'd rather not|i would rather not|i'd prefer not|i would prefer not|i prefer not|i'd rather you didn't"
    ),
    unknown=phrases(
        "i don't know|i do not know|don't know|dunno|i dunno|no idea|i have no idea|i've no idea|i haven't a clue|no clue"
        "|i have no clue|not sure|i'm not sure|i am not sure|unsure|i'm unsure|can't remember|i can't remember"
        "|i cannot remember|i don't remember|don't remember|i can't recall|i don't recall|i forget|i forgot|i've forgotten"
        "|i can't say|i couldn't say|i couldn't tell you|i can't tell|hard to say|it's hard to say|difficult to say"
        "|that's hard to say|i'm not sure about that|i don't know about that|i wouldn't know|i don't know that"
        "|i don't know exactly|not really sure|i'm not really sure|i really don't know|who knows|god knows"
        "|i have no idea about that|i've never thought about it|i haven't thought about it|never thought about it"
    ),
    ask_words=phrases("what|which|who|whose|where|when|why|how|what's|who's|where's|how's"),
    ask_starts=each("what|who|where|why|how|when", "is|are|do|does|did|was|were|will|would|can|should")
    | each("is|are|was", "this|it|that|there|you|my")
    | each("do|can|could|will|would|did|have", "you|i|we|they|it|this")
    | each("how", "long|much|many|come|about")
    | phrases(
        "what's|who's|where's|why|what for|what about|does it|does this|does that|may i ask|am i|will it|what kind of"
    ),
    distress=each(
        "want to|wanna|wanted to|going to|gonna|ready to|like i should|trying to|tried to|about to"
        "|thinking about|thinking of|thought about|think about|considering|planning to",
        "kill myself|killing myself|end my life|ending my life|end my own life|end it all|ending it all|take my life"
        "|take my own life|taking my own life|hurt myself|hurting myself|harm myself|harming myself",
    )
    | each("want to|wanna|would rather|ready to|wish i could|hoping to", "die")
    | each("wish i was|wish i were|i'd be better off|would be better off|better off", "dead")
    | phrases(
        "kill myself|killing myself|hurt myself|hurting myself|harm myself|harming myself|self harm|self harming"
        "|suicide|suicidal|cutting myself|cut myself on purpose|take my own life|end my life|ending my life"
        "|don't want to live|do not want to live|don't wanna live|don't want to be alive|don't want to be here anymore"
        "|don't want to be here any more|don't want to exist|don't want to go on living|do not want to go on living"
        "|don't want to keep on living|don't want to keep living|can't go on living|cannot go on living"
        "|don't want to wake up|no reason to live|nothing to live for"
        "|not worth living|isn't worth living|can't go on anymore|can't go on any more|can't go on like this"
        "|can't take it anymore|can't take it any more|can't take this anymore|better off without me|never been born"
        "|nobody would miss me|no one would miss me|feel like dying|took an overdose|taken an overdose|overdosed"
        "|he hits me|she hits me|he beats me|she beats me|husband hits me|wife hits me|husband beats me|wife beats me"
        "|partner hits me|partner beats me|he hit me|hurting me|i'm in danger|i am in danger|i can't breathe"
        "|i cannot breathe|having a heart attack|having a stroke|call an ambulance|i need an ambulance|call the police"
        "|i've been raped|i was raped|being abused|i'm not safe|i am not safe|i don't feel safe at home"
        "|strangles me|strangled me|strangling me|chokes me|choked me|choking me|i'm bleeding|i am bleeding|bleeding heavily"
        "|cut my wrists|cutting my wrists|slit my wrists|cut my wrist|hang myself|hanging myself|shoot myself|drown myself"
        "|jump off a bridge|jump off the bridge|jump out of the window|jump in front of a train|want to disappear"
    )
    | each(
        "took|take|taken|swallowed|taking",
        "all the|all my|all of my|too many|a lot of|a whole bottle of",
        "pills|tablets|sleeping pills|sleeping tablets|painkillers",
    ),
    threat=each(_EN_WILL, "kill|hurt|shoot|stab|murder|strangle|attack|poison|blow up|beat up", _EN_VICTIMS)
    | each(_EN_WILL, "burn down|blow up|bomb|shoot up", "your|the|this|that|my")
    | each("i have|i've got|there is|there's|i planted|i'm planting|i put|i'm building|i've planted", "a bomb")
    | phrases(
        "come and find you|come after you|i'll find you|i will find you|hunt you down|you're dead|you are dead"
        "|you're going to die|you will die|you'll regret this|i know where you live|bomb threat|bring a gun|kill them all"
        "|kill you"
    ),
    harmless=phrases("suicide squad|bath bomb|bath bombs|dressed to kill")
    # A complaint about money or work; any other sign of danger beside it still counts.
    | each(
        "can't go on like this",
        "|with|because of",
        "|the|my|this",
        "rent|bills|mortgage|work|job|commute",
    ),
    doubts=phrases(
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
    ),
    yes=phrases(
        "yes|yeah|yep|yup|yah|ya|aye|sure|certainly|of course|absolutely|definitely|exactly|indeed|go ahead|okay|ok"
        "|alright|all right|right|fine|good|great|perfect|lovely|i do|i am|i have|i did|i would|i will|we do|we are|we have"
        "|it is|it does|that is|they do|i guess so|i guess|i think so|i suppose so|i suppose|i believe so|i'd say so"
        "|why not|no problem|not a problem|no worries|no objection|no objections|i don't mind|i do not mind|don't mind"
        "|i'm happy to|i'd be happy to|happy to|i'd love to|gladly|with pleasure|sounds good|sounds fine|that sounds good"
        "|that's fine|that is fine|that's ok|that's okay|that's fine by me|that's fine with me|fine by me|fine with me"
        "|that's alright|that's all right|that works|works for me|i agree|i consent|i'm ready|i am ready|ready|let's go"
        "|let's start|let's do it|let's do this|let's begin|we can start|you can start|you may|please do|carry on"
        "|uh huh|mhm|mm hmm|for sure|sure thing|you bet|very much|very much so|most of the time|i'm in|i'm ok with that"
        "|i'm okay with that|i'm fine with that|i'm happy with that|true|that's true|affirmative"
    ),
    no=phrases(
        "no|nope|nah|nay|not really|rather not|of course not|certainly not|absolutely not|definitely not|not at all"
        "|not yet|never|i don't|i do not|i'm not|i am not|i haven't|i have not|i didn't|i did not|i wouldn't|i won't"
        "|we don't|it isn't|it's not|it doesn't|they don't|i don't think so|i do not think so|i think not|i'm afraid not"
        "|i guess not|i suppose not|no way|no thanks|no thank you|not for me|not now|not today|not right now"
        "|not at the moment|not particularly|not interested|i'm not interested|i can't|i cannot|i can't right now|don't|i don't agree|i don't consent"
        "|i do not consent|i do not agree|i don't want to|i don't want that|i disagree|i refuse|false|negative|none"
    ),
    yes_words=phrases(
        "yes|yeah|yep|yup|sure|of course|certainly|absolutely|definitely|go ahead|happy to|i'm happy to|i am happy to"
        "|i'd be happy to|i agree|i consent|okay|ok|that's fine|sounds good|i'm ready|i am ready|let's"
    ),
    no_words=phrases("no|nope|nah|i don't|i do not|i'm not|i am not|not|i won't|i haven't"),
    content=phrases(
        "all good|it's all good|that's all good|that's right|that is right|that's correct|that is correct|correct"
        "|all correct|that's all correct|it's correct|it's all correct|it's right|it's all right|that's all right|all right"
        "|sounds right|that sounds right|sounds about right|that's about right|sounds good|that sounds good|perfect"
        "|that's perfect|spot on|exactly|exactly right|that's exactly right|looks good|looks good to me|sounds good to me|everything was right|everything was fine|all is well|all fine|nothing to add|nothing to change"
        "|nothing to correct|i have nothing to add|i've nothing to add|no changes|nothing is wrong|nothing's wrong"
        "|nothing wrong|nothing missing|nothing is missing|you got it|you've got it|you got it right|you got everything"
        "|that's it|that covers it|that covers everything|everything is correct|everything's correct|everything is right"
        "|everything's right|everything is fine|everything's fine|everything is good|it's fine|that's fine|that is fine"
        "|it's perfect|that's great|great|fine|good|i'm happy with that|i'm happy with it|wouldn't change anything"
        "|i wouldn't change anything|i wouldn't change a thing|not that i can think of|nothing i can think of|no corrections"
        "|that's good|right|nothing wrong with that|nothing wrong with it|not wrong|that's not wrong|leave it like that"
    ),
    content_start=phrases(
        "nothing to|i have nothing to|i've nothing to|nothing i|nothing that i|i wouldn't change any"
    ),
    nothing_more=phrases(
        "nothing|nothing else|nothing more|nothing at all|that's all|that's everything|i'm good|i'm fine|i think that's it"
        "|i think that's all|i think that's everything|i think that's right|i think it's right|i think so|no more"
        "|not a thing|none|i can't think of anything|can't think of anything|nothing comes to mind|not that i know of|i'm happy|good to go|okay|ok|alright|i don't think so"
    ),
    discontent=phrases(
        "not right|not correct|isn't right|isn't correct|wrong|incorrect|not true|isn't true|not quite right|not quite"
        "|mistake|you misunderstood|misheard|i'd like to change|i want to change|i would like to change|i'd like to correct"
        "|i want to correct|i'd like to add|i want to add|i would like to add|i'd like to fix|you forgot|you missed"
        "|is missing|one thing|one more thing|something missing|needs changing|that's not what i said|i didn't say"
    ),
    any_words=phrases("anything|something|any|did i|have i"),
    change_words=phrases(
        "change|changes|changed|add|wrong|missing|missed|miss|correct|corrections|corrected|fix|fixed|different"
        "|differently|forgot|forgotten|left out|leave out|put right|amend"
    ),
    right_questions=phrases(
        "is that right|is that correct|is this right|is this correct|sound right|sounds right|all correct|all right"
        "|get that right|got that right|get it right|is it right|happy with"
    ),
    mind_questions=phrases("do you mind|would you mind|do you object|any objection|any objections"),
    asides=phrases(
        "to be honest|to be fair|to be frank|if i'm honest|if i'm being honest|being honest|truth be told|i guess|i suppose"
        "|you know|i must say|i have to say|as i said|like i said"
    ),
    lead_ins=phrases(
        "it's me|my name is|my name's|the name is|the name's|my first name is|call me|they call me|you can call me|you may call me"
        "|you could call me|just call me|please call me|people call me|everyone calls me|everybody calls me"
        "|you can just call me|you can just say|you can say|just say"
        "|my friends call me|most people call me|i go by|i'm called|i am called|i live in|i'm living in|i am living in"
        "|we live in|i live near|i'm based in|i am based in|i'm from|i am from|i come from|that would be|that'd be"
        "|it would be|it'd be|i would say|i'd say|i guess|i think|i suppose"
    ),
    short_lead_ins=phrases("i'm|i am|it's|it is|that's|that is|this is|i'm in|i am in|it's in|in|we're in|mine is"),
    moved_to=each(
        "i|we|i've|we've|i have|we have", "|just|only just|recently|now|recently just", "moved|relocated", "to"
    ),
    place_ends=phrases("from|for|with|when|last|this|in|at|a|about|two|three|recently|now"),
    no_name=phrases(
        "i already|i've already|i told|i've told|i just told|i just said|i said|i've said|whatever|anything|it doesn't matter"
        "|doesn't matter|doesn't really matter|it doesn't really matter|i don't mind|i don't care|you choose|you decide"
        "|you pick|you can choose|up to you|it's up to you|as you like|any name|no name"
    ),
    titles=phrases("mr|mrs|ms|miss|mister|missus|missis|sir|madam|ma'am|doctor|dr|professor"),
    name_ends=phrases("with|spelled|spelt"),
    if_any=phrases("anything|if any"),
    list_lead_ins=phrases(
        "i like|i love|i enjoy|i really like|i really enjoy|i really love|i do like|i do|i have|i've got|i got|i pay for"
        "|we have|we've got|we pay for|i'm paying for|i use|there's|there is|also|a bit of|a little bit of|some|maybe"
        "|mostly|mainly|usually|probably|sometimes|often|i'm into|i like to|i love to|things like|stuff like|like|my|the"
        "|i mostly|i also|i also like|i also have|i also love|i also enjoy|i guess|i think|i'd say|i would say|it's|just"
        "|only|and|then|a|an"
    ),
    joiners=phrases("and|also|then"),
    none=phrases(
        "none|nothing|no|nope|nah|not any|none at the moment|none right now|nothing at the moment|nothing special|not many|none at all|nothing at all|zero|nil|none of them|none of those|no none"
        "|i don't have any|i do not have any|i have none|i haven't any|i haven't got any|i don't pay for any"
        "|i don't pay anything|i don't have one|not a single one|don't have any|there aren't any|there are none"
        "|no subscriptions|nothing like that|i don't"
    ),
    closers=phrases(
        "that's all|that is all|that's it|that is it|that's about it|that's everything|nothing else|no more|and so on"
        "|i think that's it|i think that's all|that's all i can think of|etc|etcetera|stuff like that|things like that"
        "|that sort of thing|i guess|i think|i suppose|you know"
    ),
    connectors=phrases(
        "for|at|which|is|are|costs|cost|costing|about|around|roughly|it's|that's|each|per|a|month|monthly|pounds|euros"
        "|dollars|euro|pound|dollar|quid|bucks|every|i|pay|i'm|paying|on|approximately|maybe|was|week|year|with"
    ),
    loose_prices=phrases("tenner|fiver|few|couple"),
    forms=_english_forms,
    and_or=phrases("and|or"),
    negators=phrases(
        "not|don't|doesn't|didn't|never|neither|nor|without|can't|cannot|won't|isn't|aren't|haven't|hardly|hate|stopped"
        "|except|wouldn't|instead"
    ),
    negators_before=phrases("no"),
    unreal=phrases(
        "used to|would like to|i'd like to|i'd love to|would love to|want to|wanted to|wish|hope to|hoping to|plan to"
        "|planning to|thinking of|if i could|one day|my brother|my sister|my friend|my friends|my flatmate|my boyfriend"
        "|my girlfriend"
    ),
    idioms=phrases("on my own|on our own|on the other hand|other than|the other day|each other|in other words"),
    numbers=_EN_NUMBERS,
    tens_before_units=True,
    hundred=phrases("hundred"),
    scales={"thousand": 1000, "grand": 1000, "million": 1_000_000, "billion": 1_000_000_000},
    articles=phrases("a|an"),
    number_and=phrases("and"),
    point=phrases("point"),
    and_a_half=("and", "a", "half"),
    minus=phrases("minus|negative"),
    range_words=phrases("to|or|till|until"),
    between=phrases("between"),
    vague=phrases(
        "couple|few|several|half|of|under|over|below|above|than|nearly|almost|not|yet|even|quite|barely|early|mid|late"
    ),
    vague_after=phrases("something|odd"),
    ordinals=phrases(
        "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|hundredth|thousandth|th|st|nd|rd"
    ),
    pronoun_one=phrases("one"),
    before_pronoun=phrases("no|any|some|every|this|that|the|which|each|another|last|next"),
    after_pronoun=phrases("of|day|that|thing|more|moment|second|minute"),
    born=phrases("born"),
    future=phrases("will be|i'll be|i'll turn|turning|next|about to turn|going to be|used to be|was"),
    age_to_come=phrases("turn|soon|going on")
    | each("in", "january|february|march|april|may|june|july|august|september|october|november|december")
    | each(
        "in",
        "a|one|two|three|four|five|six|a few|a couple of|1|2|3|4|5|6",
        "day|days|week|weeks|month|months|year|years",
    ),
    corrections=phrases("no|sorry|actually|rather|wait|mean"),
    i_am=phrases("i'm|i am"),
    i=phrases("i|we"),
    years_old=phrases("years old|year old"),
    about=phrases(
        "about|around|roughly|approximately|maybe|just|it's|that's|i'd|say|i|think|pay|probably|i'm|am|exactly"
    ),
    currency=phrases("pound|pounds|euro|euros|dollar|dollars|quid|buck|bucks|franc|francs|gbp|eur|usd|chf"),
    small_currency=phrases("pence|p|cent|cents|penny"),
    periods={
        plain(word): period
        for period, words in {
            "day": "day|daily|days",
            "week": "week|weekly|weeks",
            "month": "month|monthly|months",
            "year": "year|yearly|annually|annual|years",
        }.items()
        for word in words.split("|")
    },
)
