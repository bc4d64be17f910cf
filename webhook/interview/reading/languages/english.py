"""English, as code reads it."""

from __future__ import annotations

from webhook.interview.reading.assent import Assent
from webhook.interview.reading.choices import Choosing
from webhook.interview.reading.dictation import Dictating
from webhook.interview.reading.doubts import Doubts
from webhook.interview.reading.inflection import english
from webhook.interview.reading.numbers import Numbers, named
from webhook.interview.reading.remarks import Remarks
from webhook.interview.reading.texts import Telling
from webhook.interview.reading.wishes import Wishes

ASSENT = Assent(
    noise="um+|uh+|uhm|er+m?|erm|hm+|mm+|oh|ah+|eh|well",
    yes=(
        "yes|yeah|yep|yup|yea|yah|aye|sure|sure thing|yes indeed|indeed|of course|certainly|absolutely|definitely|for sure|totally"
        "|i'm afraid so|i am afraid so|(?:unfortunately|sadly|regrettably) yes|that's right|that's correct|correct|that's true|true|exactly"
        "|i do|i am|i have|i did|i would|we do|we are|we have|it is|it does|they do|there is|there are|i guess so|i think so|i suppose so"
        "|i believe so|i'd say so|mm hm+|mhm|uh huh|okay|ok|very much so|you bet|affirmative"
        "|i'm afraid i do|i'm afraid i am"
    ),
    yes_tail="unfortunately|sadly|please|thanks|thank you|sir|ma'am|i am|i would|of course|no problem|with pleasure|really|actually|indeed|still|i guess|i think",
    no=(
        "no|nope|nah|nay|no way|never|never ever|not at all|absolutely not|definitely not|certainly not|of course not|not really"
        "|(?:thankfully|fortunately|luckily|thank god|unfortunately|sadly) (?:no|not)|not me|i'm afraid not|i don't|i do not|i'm not|i am not|i haven't|i have not|i didn't"
        "|i wouldn't|we don't|we haven't|it isn't|it's not|it doesn't|they don't|there isn't|there aren't|i don't think so|i guess not|none"
        "|i think not|hell no|negative|not yet|not currently|not at the moment|not right now|i never have|i never did"
        "|never touched (?:one|it|them)|never tried(?: it)?"
        "|not any ?more|no longer|no not any ?more"
    ),
    no_tail="please continue|continue|go on|carry on|let's continue|keep going|go ahead|thankfully|fortunately|luckily|thank god|thanks|thank you|please|sir|ma'am|sorry|i would not|at all|really|actually|not that i know of|i'm good|i'm afraid|(?:i )?(?:quit|stopped|gave (?:it )?up)(?: smoking)?(?: (?:many |some |a few )?years ago| a long time ago| last year| a while ago| ages ago)?|never (?:have|did|tried|again)|never touched (?:one|it|them)|i'm sorry|i am sorry",
    never_said_back="or|not|no|if|ever|never|but|any|other|else|without|only|mind|you|your",
    verb=(r"\bdo you (?:still |ever |usually |currently )?(\w+)", r"\b(?:have|had) you (?:ever |already )?(\w+)"),
    verb_yes=r"i \1|i do \1|i still \1|we \1|i have \1|i've \1|i(?:'m| am) a \1r|i do \1|i \1 (?:a bit|a lot|occasionally)|(?:ten|twenty|\\w+) a day|a pack a day",
    verb_no=r"i don't \1|i do not \1|i never \1|i don't \1 at all|i'm not a \1r|we don't \1|i haven't \1|i've never \1|i have never \1|i(?:'ve| have)? never \1d(?: in my life)?|never \1d(?: in my life)?|non \1r|i'm a non \1r|i am a non \1r",
    leave=r"(?:may|can|could|shall|should) (?:we|i)|is (?:it|that|this) (?:all right|alright|ok|okay|fine)|would (?:it|that) be (?:all right|ok|okay|fine)|are you (?:happy|ok|okay|willing|ready|fine)|do you (?:agree|consent)|would you (?:like|be)|ready to|want to",
    permit=(
        "by all means|you may|you can|please do|feel free|go ahead|that's fine|that's okay|that's ok|it's fine|it's okay|no problem|gladly"
        "|happy to|i'd be happy to|i'd love to|i'd like to|alright|all right|any time|anytime|no worries|not a problem|sounds good|sounds fine"
        "|fine by me|fine with me|let's go|let's start|let's do it|i agree|i consent|fire away|go for it|why not|i don't mind|that works|fine"
        "|with me|by me|shoot|i'm ready|ready|works for me|that's fine by me|that's fine with me|that's okay with me|that would be (?:fine|great|good|lovely)"
        "|(?:you can |please |do |just )?(?:call|ring|phone)(?: me)?(?: again| back)?(?: any ?time| whenever(?: you (?:like|want))?)?|you're welcome to|go right ahead|you can (?:call|ring|phone) me(?: again| back)?"
    ),
    forbid=(
        "rather not|i'd rather not|i would rather not|i'd prefer not|i'd prefer not to|please don't|please not|you may not|you can't|i don't want that"
        "|i don't want to|i don't want this|i'm not interested|not interested|i refuse|i disagree|i don't agree|i don't consent"
        "|(?:please )?don't (?:ever )?(?:call|ring|phone)(?: me)?(?: here)?(?: again)?|never again|no more calls|stop calling(?: me)?"
        "|i'd (?:rather|prefer) (?:that )?you (?:didn't|don't)|i would (?:rather|prefer) (?:that )?you (?:didn't|don't)"
    ),
    mind="do you mind|would you mind|do you object|any objections?",
    change=(
        "anything|something|any|did i|have i",
        "change[sd]?|add|wrong|miss(?:ing|ed)?|correct(?:ions?|ed)?|fix(?:ed)?|different(?:ly)?|forgot(?:ten)?|left out|put right|amend",
    ),
    right="is (?:that|this|it) (?:right|correct)|(?:understand|understood)(?: you)? (?:correctly|right|rightly)|get (?:it|that|you|everything|all of it) right|sounds? right|all correct|happy with",
    content=(
        "(?:it's |that's |it is |that is |all )*(?:all )?(?:good|right|correct|fine|perfect|great|true)|spot on|exactly(?: right)?|looks (?:good|right|fine)"
        "|(?:that |it )?sounds (?:about )?(?:right|good|fine|correct)|(?:looks|sounds) good to me|that's (?:about|exactly|it|everything|quite) ?(?:right|correct)?|all is well|nothing to (?:add|change|correct)"
        "|i have nothing to (?:add|change)|i've nothing to (?:add|change)|no (?:changes|corrections)|nothing(?: is|'s)? (?:wrong|missing)|you(?:'ve)? got (?:it|everything)(?: right)?"
        "|that covers (?:it|everything)|everything(?: is|'s| was) (?:right|correct|fine|good)|i'm happy with (?:that|it)|(?:i )?wouldn't change (?:anything|a thing)"
        "|not that i can think of|nothing i can think of|leave it like that|(?:that's )?not wrong|nothing wrong with (?:that|it)|i wouldn't change anything"
    ),
    nothing_more=(
        "nothing(?: else| more| at all| really)?|that's all|that's everything|i'm good|i'm fine|i'm happy|good to go|i think (?:that's|it's) (?:it|all|everything|right)"
        "|i think so|no more|not a thing|none|(?:i )?can't think of anything|nothing comes to mind|not that i know of|okay|ok|alright|i don't think so"
    ),
    discontent=(
        "not (?:quite )?(?:right|correct|true)|isn't (?:right|correct|true)|not quite|wrong|incorrect|mistake|you misunderstood|misheard|i'd like to (?:change|correct|add|fix)"
        "|i want to (?:change|correct|add)|i would like to (?:change|add)|you (?:forgot|missed)|is missing|one (?:more )?thing|something missing|needs changing"
        "|that's not what i said|i didn't say"
    ),
    plain_yes="yes|yeah|yep|yup|yea|sure|sure thing|of course|certainly|absolutely|definitely|by all means|yes indeed",
    polite="please|thanks|thank you",
    agree=(
        "i (?:fully )?agree|i do agree|i consent|i do consent|i give my consent|you have my (?:consent|permission)|i do|i accept|agreed|it is"
        "|(?:that's|that is|it's|it is|this is|that would be)(?: all| perfectly| absolutely| totally| completely)? (?:fine|okay|ok|all right|alright|no problem|not a problem|cool)"
        "|(?:i'm|i am) (?:fine|okay|ok|happy|cool|good) with (?:that|this|it)|all right|alright|okay|ok|go ahead|go for it|fire away|carry on|please do|go on"
        "|no problem(?: at all)?|not a problem|no worries|no objections?(?: at all)?|i have no objections?|fine by me|fine with me|okay with me|good with me|works for me"
        "|that works(?: for me)?|sounds good(?: to me)?|sounds fine|that sounds good|that sounds fine|i suppose so|i guess so|hell yes|you bet|i (?:don't|do not) mind(?: at all)?"
        "|(?:i'm |i am |i'd be |i would be )?happy to|i'd love to|gladly|with pleasure|why not|let's (?:do it|go|start|begin)|we can (?:start|begin)|you can (?:start|begin)"
        "|(?:i'm |i am )?ready|i'm in|i'd like to take part|i'll take part|happy to take part|of course it is"
        "|go right ahead|go on then"
        "|(?:that's|it's|that is) no problem(?: at all)?|fine go ahead|fine let's (?:go|start|do it)"
        "|(?:yes|yep|yeah) fine|that should be (?:fine|okay|ok|all right)"
    ),
    agree_tail="with me|by me|for me|with that|with it|to that|to it",
    disagree=(
        "i (?:don't|do not) (?:want (?:this|that|to)|agree|consent)|i disagree|i refuse"
        "|i'm not okay with (?:that|this)|(?:i'm )?not interested|i (?:don't|do not) want to (?:take part|be recorded|be interviewed|do this)"
        "|no thanks i'm good|absolutely not|i'd rather not(?: take part| be recorded)?|i would rather not"
        "|i object|i said no"
        "|i'd (?:rather|prefer) not(?: to)? be (?:recorded|interviewed)|i don't want to be (?:recorded|interviewed)"
    ),
)

DOUBTS = Doubts(
    denials=(
        "no|nope|nah|nay|not|never|none|nothing|nobody|neither|nor|without|don't|doesn't|didn't|isn't|aren't|won't|can't|cannot|wouldn't|couldn't"
        "|shouldn't|haven't|hasn't|refuse|decline|disagree|object|against|dead body|forget it|get lost|as if|yeah right|hardly"
    ),
    harmless=(
        "no problems?|not a problem|no worries|not to worry|don't worry|no objections?|why not|(?:don't|do not|wouldn't|would not) mind|nothing against|no doubt"
        "|can't wait|cannot wait|mind you|if you (?:like|want(?: to)?|must)|if that (?:matters|helps)|if i may|as you like|fire away"
    ),
    reservations=(
        "but|though|although|however|whereas|unless|if|only|except|as long as|long as|provided|providing|conditions?|depends|depending|until|mind|rather|prefer"
        "|maybe|perhaps|probably|possibly|might|unsure|doubts?|wonder|wondering|later|tomorrow|another time|other time|wait|hold on|hang on|moment|seconds?|sec|minutes?"
        "|let me|think about|turn (?:it |that |the )?off|turn the|switch (?:it )?off|switch the|stop|delete|erase|off the record|person|people|human|someone real|somebody real"
        "|(?:speak|talk|speaking|talking) to|busy|driving|bad time|fine thank(?:s| you)|and you|how are you|about what|to what|yes what|what happens|concerned|worried|afraid|uncomfortable"
    ),
    picks_up="speaking|this is|hello|hi|hey|right|i'm fine|i am fine|i'm good|i see|uh huh|mhm|mm hmm",
    asking=(
        "what|which|who|whose|where|when|why|how|what's|who's|where's|how's|(?:is|are|was) (?:this|it|that|there|you|my)|(?:do|can|could|will|would|did|have) (?:you|i|we|they|it|this)"
        "|does (?:it|this|that)|may i ask|am i|will it"
    ),
    fillers="um+|uh|er|erm|hmm|mm|oh|ah|well|so|okay|ok|sorry|no|yes|yeah|hey|hello|hi|right|and|then|but|because|please|now",
)

CHOOSING = Choosing(
    code="en",
    forms=english,
    noise=ASSENT.noise,
    around=(
        "i|we|it|it's|it is|it was|that's|that is|i'm|i am|i'd say|i would say|i think|i guess|i suppose|i believe|i have|i've|got|have|my|our|the|an?|by|with|in|to|at|on|for|of|from"
        "|mostly|mainly|usually|normally|generally|probably|really|just|only|definitely|still|always|currently|now|at the moment|right now|most of the time|pretty much|more|all|place|some|a lot(?: of)?|lots of|a bit(?: of)?|own|drive|ride"
        "|home|take|use|get|go|do|live|am|is|yes|yeah|yep|so|then|please|thanks|thank you|to be honest|honestly|actually|whole|one|option|answer|it would be|that would be|also|too|as well|own home"
    ),
    never_echoed="or|not|no|other|else|if|without|never|used",
    denies="not|don't|doesn't|didn't|isn't|aren't|wasn't|never|neither|nor|haven't",
    denies_next="no|without",
    and_="and|plus",
    or_="or|often|maybe",
    partly="sometimes|occasionally|now and then|once in a while",
    but="but|because",
    idioms="on (?:my|our|his|her|their) own|on the other hand|other than|the other day|each other|in other words|used to",
    i="(?:i|we)(?: mostly| mainly| usually| just| still| currently| always)?|i'm|we're|i am|we are",
    none="(?:no )?none(?: of (?:them|those|these|the above))?|nothing|not any|no|nope|neither",
    nth=(
        "(?:the )?first(?: one| option)?",
        "(?:the )?second(?: one| option)?",
        "(?:the )?third(?: one| option)?",
        "(?:the )?fourth(?: one| option)?",
    ),
    last="(?:the )?last(?: one| option)?",
)

TELLING = Telling(
    noise=f"{ASSENT.noise}|so|okay|ok|please|hi|hello|hey",
    yes=ASSENT.yes,
    no=ASSENT.no,
    wh="what|which|who|where|when|why|how|whereabouts",
    if_any="anything|if any",
    nothing="nothing(?: really| much| at all| special| else| in particular)?(?: to be honest)?|never|none|nobody|no one|nowhere|not really|not much|no reason",
    no_answer=(
        "i (?:already |just )?(?:told you|said(?: that| so)?)|i've (?:already |just )?(?:told you|said(?: that| so)?)|i have already (?:told you|said that)|same as before|the same as before|as i said"
        "|i (?:think )?(?:we )?(?:already )?covered that|i think we (?:already )?covered that|we covered that|i (?:want|would like|'d like) to change my answer|fuck off|fuck you|piss off|get lost|shut up|whatever"
        "|call (?:me )?back(?: later| tomorrow)?|that's a (?:stupid|silly|dumb) question|go on|sorry|sorry go on|hello|good morning|good afternoon|good evening|thanks|thank you|nice to meet you|good question|i see|inaudible|i'm fine|i'm good|and you|test"
    ),
    name_lead=(
        "no problem|not a problem|it's me|(?:my|the) (?:first )?name(?: is|'s)|(?:just |please |you (?:can|may|could) (?:just )?)?call me|(?:they|people|everyone|everybody|my friends|most people) calls? me|(?:you can )?(?:just )?say"
        "|i go by|i'm called|i am called|i'm|i am|it's|it is|that's|this is|that would be|that'd be|mine is|just"
    ),
    name_tail="please|thanks|thank you|nice to meet you|pleased to meet you|is fine|will do|with an? [a-z]|for short|i guess|to be honest|is my name|here|speaking|that's me",
    no_name=(
        "wrong|right|correct|incorrect|mistake|i|you|we|it|they|told|said|already|whatever|anything|matter|mind|care|choose|decide|like|name|good|fine|well|not|no|yes|what|who|why|how|don't|doesn't|the|is|are|am|and|or|to|in|live|with"
        "|robot|call|calling|question|everything|pays?|wife|husband|(?:mr|mrs|ms|miss|mister|missus|madam|sir|doctor|dr|professor)(?= $)"
    ),
    place_lead="(?:i|we) live (?:in|near|at)|(?:i'm|i am|we're) (?:living |based )?(?:in|from|near)|i come from|in|near|it's|it is|that's|that would be|just|at the moment in|currently in|right now in",
    place_tail="please|thanks|right now|at the moment|now|to be honest|actually|i guess",
    item_lead=(
        "i (?:really |also |mostly |do |mainly |just )?(?:like|love|enjoy|do|have|use)|i've got|i got|(?:i|we) pay for|we have|we've got|i'm paying for|there's|there is|also|a (?:little )?bit of|some|mostly|mainly"
        "|usually|probably|sometimes|often|i'm into|(?:i )?(?:like|love) to|things like|stuff like|like|my|the|i guess|i think|i'd say|i would say|it's|just|only|and|then|an?|i'm allergic to|allergic to|to be honest|maybe|you know"
    ),
    joiner="and|also|then|as well as|and also",
    denied="(?:but )?(?:not|no|never|without|except|i don't like|i don't|i hate)",
    denies="not|no|don't|doesn't|didn't|never|neither|nor|without|can't|cannot|hate|stopped|except|used to|instead",
    none=(
        "none(?: at all| at the moment| right now| that i know of)?|nothing(?: really| at all| special| at the moment| like that| that i know of)?|not any|not that i know of|nada|zero|nil|no one|no known \\w+ ?\\w*|no (?:subscriptions|allergies|pets|children|hobbies)"
        "|i (?:don't|do not) (?:really )?(?:have|pay for|take|use) any(?:thing)?|i don't|i have none|i haven't (?:got )?any|i don't have one|not a single one|i'm not allergic to anything|nope none|no none|there are none|to be honest"
    ),
    closer="that's (?:all|it|about it|everything)|that is (?:all|it)|nothing else|no more|and so on|i think that's (?:it|all)|that's all i can think of|etc|etcetera|(?:stuff|things) like that|that sort of thing|i guess|i think|i suppose|you know|to be honest|as well|too|really",
    costs="for|at|which(?: is)?|is|are|costs?|costing|about|around|roughly|it's|that's|each|per|i pay|paying|i'm paying|approximately|maybe|from|a month for",
    per="an? month|per month|monthly|each|every month|a year|per year|yearly",
    loose="a tenner|a fiver|a few quid|a couple of (?:pounds|euros|dollars)|a few (?:pounds|euros|dollars)|tenner|fiver|quid|few",
)

DICTATING = Dictating(
    code="en",
    zero="oh|o|zero|nought|naught|nil",
    double="double",
    triple="triple|treble",
    plus="plus",
    lead=(
        "um|uh|er|well|so|okay|yes|yeah|sure|it's|it is|that's|that is|that would be|my (?:phone |mobile |telephone )?number(?: is|'s)"
        "|the number(?: is|'s)|(?:it's|that's|it is|i'm|i am|is) spel(?:led|t)|spel(?:led|t)|i spell (?:it|that)"
        "|that's spel(?:led|t)|with|sorry|please|thanks|thank you"
    ),
)

NUMBERS = Numbers(
    code="en",
    decimal=".",
    point=frozenset({"point"}),
    not_alone=frozenset({"o", "hundreds", "thousands", "millions", "billions"}),
    spellings=named(
        r"\ban? (?=hundred|thousand|million): one ; \b(hundred|thousand|million) and (?!a ): \1 ; "
        r"\bpoint oh\b: point zero"
    ),
    fractions=named("0.5: and a half|1 / 2|½; 0.25: and a quarter; 0.75: and three quarters"),
    noise="u+m+|u+h+|uhm+|e+r+|erm|h+m+|m+|mhm|ah|eh",
    lead="sorry|is|not (?:that|too|so) bad|its|it is|thats|that is|that would be|thatd be|that makes|it would be|itd be|(?:id|i would) say|ill say"
    "|i said|i think|i guess|i believe|i suppose|i reckon|i have|ive got|i have got|i got|we have|weve got|there are"
    "|theres|there is|it has|its got|just|only|(?:just|only) the|exactly|precisely|so|well|oh|okay|ok|yes|yeah|yep|sure|right"
    "|(?:the|my) answer is|let me (?:see|think)|lets see|good question|a total of|in total|currently|right now"
    "|at the moment|now|actually|honestly|to be honest|you know|for me"
    "|(?:my|our|the|this) (?:home|house|flat|apartment|place) has|unfortunately|sadly|oh dear"
    "|definitely|absolutely|certainly|clearly"
    "|let me count|well lets see",
    tail="thanks|thank you|please|i think|i guess|i believe|i suppose|i reckon|(?:id|i would) say|in total|altogether"
    "|in all|all in all|exactly|right now|now|at the moment|currently|at present|as of today|actually|overall|so far"
    "|for me|at all|whatsoever|yet|sir|maam|really|honestly|to be honest|i have|ive got|only|yes|yeah|thats (?:it|all)"
    "|away|1 way|each way|from (?:here|home)"
    "|unfortunately|sadly|from me|door to door|these days|all grown up|all told",
    about="about|around|roughly|approximately|approx|circa|maybe|perhaps|probably|more or less|some|like|say|lets say"
    "|somewhere around|something like|in the region of|call it|make it|id guess",
    after_about="or so|or thereabouts|ish|roughly|approximately|more or less|give or take|maybe|perhaps|probably|something like that|or thereabouts",
    usual="we are|i (?:get|live)|were|usually|normally|generally|typically|mostly|on average|most (?:days|nights|weeks)|i (?:normally|usually|generally|mostly) (?:sleep|get|have)",
    mark="an?(?! 1 )|(?:an? )?(?:solid|good|strong|clear|full|firm)(?! 1 )"
    "|(?:id|i would|ill|i) (?:give|rate) (?:it|them|you|this|that)|(?:id|ill|lets) go (?:with|for)"
    "|i(?:d| would|ll| will) go (?:with|for)|im giving (?:you|it|them)(?: an?)?|you get(?: an?)?|i(?:d| would) give (?:you|it|them)(?: an?)?",
    words=named(
        "no: no|nope; earn: i (?:make|earn|get|take home|bring home|spend|pay); points: stars?|points?; "
        "and: and; since: for|for (?:the )?(?:last|past)|its been; but: but|rather|its|im; minus: minus|negative|-; out of: out of|of|/; months: months?; "
        "change: cents?|pence|p; thousand: k|grand; net: net|after tax(?:es)?|take home; "
        "gross: gross|before tax(?:es)?; dozen: dozen; times: times?"
    ),
    from_to="(?:on a scale )?(?:of|from) {low} to {high}|on a scale of {high}",
    age_lead="im|i am|ive turned|i(?:ve)? just turned|i turned|my age is|aged|age",
    years="years?(?: old| of age| young)?|yrs?(?: old)?|y o|yo|old",
    year_lead="in|in the year|the year|since|(?:i was )?born in|it was(?: in)?|that was(?: in)?",
    currency=r"euros?|eur|€|pounds?(?: sterling)?|gbp|£|quid|dollars?|usd|bucks|\$|francs?|chf",
    periods=named(
        "hour: an hour|per hour|hourly|each hour|every hour; day: a day|per day|daily|each day|every day|in a day; "
        "night: a night|per night|nightly|each night|every night; "
        "week: a week|per week|weekly|each week|every week|in a week|by the week; "
        "month: a month|per month|monthly|each month|every month|in a month|by the month; "
        "year: a year|per year|yearly|each year|every year|in a year|annually|per annum|by the year; "
        "trip: a trip|per trip|each trip"
    ),
    units=named(
        "hours: hours?|hrs?|h; minutes: minutes?|mins?; kilometres: kilomet(?:re|er)s?|kms?|k|clicks; miles: miles?; "
        "metres: met(?:re|er)s?; kilos: kilos?|kilograms?|kgs?; percent: percent(?:age)?|per cent|%; years: years?|yrs?; "
        "months: months?; weeks: weeks?; days: days?; children: child|children|kids?|little ones?; rooms: rooms?; "
        "people: people|persons?|of us"
    ),
    parts={"children": "boys?|girls?|sons?|daughters?"},
    one="an?|a single|1 single",
    half_of="half an?|1 half an?",
    zero="none|nil|zilch|not any|not (?:a single )?1|none (?:at all|whatsoever)|i (?:dont have|havent got) any"
    "|ive none"
    "|never had any",
    nothing="nothing|not a (?:penny|cent|dime)|nil",
    never="never|never ever|not once|not (?:a single|1) time|not at all|not ever",
    no="no|not any|not (?:a single|1)|i (?:dont have|havent got) any",
    once=named("once: 1; just the once: 1; twice: 2; a couple of: 2; a couple: 2; half a dozen: 6"),
    correction="no|nope|wait|sorry|actually|i mean|i meant|or rather|rather|correction|make (?:that|it)|scratch that"
    "|hang on|hold on|thats wrong|oops",
    but_not="not|no not|im not|i am not|its not|it isnt",
    asks=named(
        "age: how old are you|your age|what age are you; year: (?:which|what) year|year of birth|when were you born; "
        "scale: scale|rate|rating|how many stars|score|marks?|out of (?:ten|10|five|5)"
        "|from (?:zero|nought|one|0|1) (?:to|through)|between (?:zero|nought|one|0|1) and; "
        "times: how many times|how often|number of times; count: how many|number of; "
        "roughly: roughly|approximately|(?:about|around) how (?:many|much|often)"
    ),
    asked_noun=r"\bhow (?:many|much) (\w+) (\w+)|\bhow \w+ (?:is|was|are|were) (?:your|the) (\w+)",
    said_back=named("you are|are you: i am; were you|you were: i was; you: i; your: my"),
    not_said_back="or|not|no|never|none|nothing|more|less|than|least|most|over|under|up|between|about|around|almost"
    "|nearly|before|after|until|till|by|other|another|half|quarter|both|please|thanks|thank|yes|yeah|sure|okay|ok"
    "|maybe|many|much|often|when|which|what|would|could|should|if|once|twice|idea",
    said_together="from|with|this|that|have|does|each|every|last|next|past|first|since|during|your|there|their|been"
    "|into|whole",
    misheard=named("ate: eight; won: one; too: two; fore: four"),
)

REMARKS = Remarks(
    begin=(
        "it's|it is|its|that's|they're|they are|they|i|i'm|i've|we|we're|we've|everyone|everybody|everything"
        "|time|the|and i|and it's|and they're"
    ),
    never=(
        "not|no|nope|never|none|nothing|nobody|neither|nor|without|don't|doesn't|didn't|isn't|aren't|wasn't"
        "|won't|can't|cannot|couldn't|wouldn't|shouldn't|haven't|hasn't|ain't|if|unless|when|whenever|depends?"
        "|depending|until|till|before|after|since|ago|than|except|including|include[sd]?|count(?:ing|ed|s)?"
        "|only|just|but|though|although|however|or|rather|mean|meant|actually|wait|sorry|think|guess|believe"
        "|suppose|maybe|perhaps|probably|might|may|could|would|should|i'd|we'd|they'd|wish|want|wanted|hope"
        "|used|was|were|had|did|been|will|i'll|gonna|going|becoming|turn|turning|soon|next|last|more|less"
        "|fewer|half|double|twice|extra|plus|minus|both|each|every|per|gross|net|tax|together|with|us|husband"
        "|wife|partner|boyfriend|girlfriend|mother|father|mum|mom|dad|brother|sister|joking|kidding|joke|lie"
        "|lied|lying|say|said|tell|told|ask|asked|heard|change|changed|wrong|right|correct|mistake|confused"
        "|mind|minutes?|hours?|miles?|weeks?|months?|years?|weekends?|sometimes|usually|normally|average"
        "|almost|nearly|about|around|over|under|please|you|your|stop|call|help"
        "|stop\\w*|quit\\w*|gave|given up|started?|now and then"
    ),
)

WISHES = Wishes(
    fillers=(
        "um+|uh+m?|er+m?|hm+|mm+|oh|ah|well|so|please|now|just|actually|really|honestly|to be honest|okay|ok|sorry|i'm sorry|no|yes|yeah|hey|hello|hi|thanks|thank you|right|and|then|i'm afraid|here|today|but|very much"
        "|for your time|if that's (?:okay|ok|all right|fine)|if you don't mind|i think|that's all|sir|ma'am|right now|at the moment|for a (?:moment|second|minute|bit|sec)|quickly|for now|you know|look|listen"
    ),
    stop=(
        "stop(?: it| this| that| the call| the interview| talking| calling me| recording| there| here| now)?|quit|end (?:the|this) (?:call|interview)|end (?:this|it)|finish the call|hang up(?: the phone)?|good ?bye|bye(?: bye)?|that's enough(?: for me| for today| now)?"
        "|enough|(?:i've|i have) had enough|let's (?:stop|end|finish|leave it)(?: there| here| this| it| the call)?|(?:can|could|may) (?:we|you|i) (?:please |just )?(?:stop|end|finish|leave it)(?: there| here| this| it| the call| now)?|no more(?: questions)?"
        "|(?:i'd|i would) (?:like|rather|prefer)(?: to)? (?:stop|end|finish|quit|leave it|hang up)(?: there| here| this| it| the call| the interview| now)?|(?:i want|i wanna|i need|we need) to (?:stop|end|finish|quit|hang up|leave)(?: there| here| this| it| the call| the interview| talking| now)?"
        "|i don't want to (?:continue|go on|carry on|do this|talk|answer any more)(?: any more| anymore| to you| questions)*|leave me alone|leave it there|leave it at that|cancel (?:the|this) (?:interview|call)|i think (?:we should|i want to) stop|i'm done(?: here| now| with this)?|i'm finished|stop calling"
    ),
    leave="i(?:'ve got| have got| have| got|'ve)? (?:to|gotta|must|need to|should) (?:go|leave|run|dash|hang up)(?: now)?|i gotta (?:go|run|dash)|i'm (?:hanging up|going to hang up|about to hang up)|i have no more time|i'm out of time|i've run out of time|i don't have (?:any more )?time(?: for this)?",
    repeat=(
        "(?:can|could|would|will) you (?:please )?(?:say|ask|repeat|rephrase)(?: that| it| the question| this| your question)?(?: again| once more| one more time)?|(?:say|ask) (?:that|it)? ?again|repeat(?: that| it| the question| that question)?|come again|once more|one more time|again"
        "|(?:i )?beg your pardon|pardon(?: me)?|what was (?:that|the question|that question|your question)|what(?:'s| is) the question|what did you (?:say|ask)|what do you mean(?: by that)?|what does that mean|what you mean|i don't know what you mean|i (?:don't|do not|didn't) (?:quite )?understand(?: that| you| the question)?"
        "|i (?:didn't|couldn't|can't|cannot|can hardly) (?:quite )?(?:hear|catch|get)(?: you| that| it| the question)?|i missed (?:that|the question)|you(?:'re| were) breaking up|you broke up|what|excuse me|huh|say what|what was that again|you(?:'re| are) (?:too )?(?:quiet|fast)|(?:speak up|slower|louder|more slowly)|(?:can|could) you (?:please )?(?:speak|talk) (?:up|slower|louder|more slowly|a bit slower)"
    ),
    pardon="sorry|i'm sorry|excuse me|sorry what|what sorry",
    wait=(
        "wait(?: up)?|(?:wait |just |hang on |hold on |bear with me |give me |just give me |(?:can|could) you give me |(?:can|could) i have |can you wait |i need |i'll need |let me have )*(?:a|an|one|another|half a|two) (?:little |short )?(?:moment|seconds?|minutes?|secs?|tick|bit of time)|hold on|hang on|hold the line|bear with me|not so fast|please hold"
        "|let me (?:just )?(?:think|see|check|look|have a think|think about (?:it|that|this))(?: about (?:it|that|this))?|(?:i )?(?:need|have) to think(?: about (?:it|that|this))?|i'll have to think(?: about (?:it|that|this))?|give me a chance to think|i'll be right back|(?:be )?right back|have to check|i need to check|where was i|good question let me think"
    ),
    wait_while="(?:hold on|hang on|wait|bear with me|one moment|one second|just a moment|just a second|just a minute) (?:while|until|till|there's|someone's|somebody's|the door|my phone|the phone|the doorbell|i'm just|i just need|i need to|i have to|let me)",
    refuse=(
        "no comment|(?:let's |i'll |(?:can|could) (?:we|i) )?(?:skip|pass)(?: on)?(?: it| that| this| this one| that one| the question| this question| that question| please)?|next(?: question| one| topic)?|(?:let's |can we )?move on|(?:it's |that's )?none of your business|mind your own business"
        "|(?:that's|it's|this is) (?:too |a bit |rather |very )*(?:private|personal|confidential)|i (?:refuse|prefer not to|won't say|won't answer)|(?:i'd|i would) (?:rather|prefer)(?: not| not to)?|i (?:don't|do not) want to|prefer not to|i'd rather keep that (?:private|to myself)|that's not your business"
    ),
    refuse_to="(?:i'd|i would|i) (?:rather|prefer)(?: not| not to)? (?:say|answer|tell|tell you|share|comment|disclose|get into that|go into that)(?: that| this| it| that one)?|(?:rather|prefer) not(?: to)? (?:say|answer|tell|share)|i (?:don't|do not|won't|will not) (?:want to |wish to |care to )?(?:say|answer|tell you|share|disclose|discuss)(?: that| this| it| that one)?|i'm not (?:going to|comfortable) (?:say|saying|tell you|telling you|answer|answering|sharing)(?: that| this| it)?|i'm not (?:telling|answering)(?: you| that)?|i'm not comfortable with (?:that|this)(?: question)?",
    refuse_about="i (?:don't|do not) (?:want|wish) to (?:talk|speak) about|(?:i'd|i would) (?:rather|prefer) not(?: to)? (?:talk|speak) about|i'd rather not discuss|i don't (?:talk|speak) about|i won't (?:talk|speak) about|i'm not going to (?:talk|speak) about",
    unknown=(
        "(?:i )?(?:really |honestly )?(?:don't|do not) (?:really )?(?:know|remember|recall)(?: exactly| that| about that| off the top of my head)?|(?:i )?dunno|(?:i have |i've |i've got )?(?:absolutely )?no (?:idea|clue)(?: about that)?|i haven't (?:a|the foggiest|got a) (?:clue|idea)?|(?:i'm |i am )?(?:really )?(?:not (?:really |quite |too )?sure|unsure)(?: about that)?"
        "|(?:i )?(?:can't|cannot|couldn't) (?:really )?(?:remember|recall|say|tell(?: you)?)(?: exactly)?|i forget|i forgot|i've forgotten|(?:it's |that's )?(?:hard|difficult) to say|i wouldn't know|who knows|god knows|i've never thought about it|i haven't thought about it|never thought about it|your guess is as good as mine|search me"
    ),
    change=(
        "(?:(?:can|could|may) (?:we|i) (?:please )?|(?:i|we) (?:need|want|would like|have) to |i'd like to |let me |let's )?"
        "(?:(?:go|come|get) back|return|(?:change|correct|revise|fix) (?:my|an|that|the|one)(?: last| previous| earlier)? (?:answer|question|thing)|(?:change|correct) (?:that|something))"
    ),
    change_of="to|about|on|with",
    asks=(
        "(?:what|who|where|why|how|when|which) (?:is|are|do|does|did|was|were|will|would|can|should|gets?) |(?:is|are|was) (?:this|it|that|there|you) (?:a|an|the|being|real|going|recorded|human|safe|legit|anonymous|for|some|about|from|confidential|still|really)|(?:do|can|could|will|would|did|have) (?:you|i|we|they|it|this) (?!(?:not )?(?:well|fine))"
        "|how (?:long|much longer|many more)|what's this|who's this|what for|what about|may i ask|am i (?:talking|speaking|being)|what kind of|why do you"
    ),
    asks_with_mark="and you|what|which|who|whose|where|when|why|how|what's|who's|where's|how's|is (?:it|this|that|there)|are (?:you|there|we)|do (?:you|i|we)|does|can|could|will|would|did|have (?:you|i)|may|am i|should",
)
