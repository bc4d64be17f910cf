"""French, as code reads it."""

from __future__ import annotations

from webhook.interview.reading.assent import Assent
from webhook.interview.reading.choices import Choosing
from webhook.interview.reading.dictation import Dictating
from webhook.interview.reading.doubts import Doubts
from webhook.interview.reading.inflection import romance
from webhook.interview.reading.numbers import Numbers, named
from webhook.interview.reading.remarks import Remarks
from webhook.interview.reading.texts import Telling
from webhook.interview.reading.wishes import Wishes

ASSENT = Assent(
    noise="euh+|heu+|hm+|mm+|ah|oh|eh|ben|bah|bon|alors",
    yes=(
        "oui|ouais|ouaip|mouais oui|bien sûr|certainement|absolument|tout à fait|exactement|c'est exact|c'est ça|c'est vrai|effectivement|en effet"
        "|(?:malheureusement|hélas) oui|je crois|je pense|je crois que oui|je pense que oui|si|mhm|ok|okay|d'accord|carrément|évidemment"
    ),
    yes_tail="merci|bien sûr|s'il vous plaît|malheureusement|hélas|tout à fait|toujours|encore|absolument|en effet|monsieur|madame",
    no=(
        "non|nan|jamais|non jamais|pas du tout|absolument pas|certainement pas|pas vraiment|bien sûr que non|surtout pas|je ne crois pas|je crois pas"
        "|je ne pense pas|je pense pas|je crois que non|pas encore|(?:heureusement|dieu merci|malheureusement) (?:non|pas)|plus maintenant|pas en ce moment|pas moi"
    ),
    no_tail="continuez|on continue|continuons|allez y|merci|jamais|pas du tout|désolée?|non plus|monsieur|madame|heureusement|malheureusement pas"
    r"|j'ai arrêté(?: de fumer)?(?: il y a (?:longtemps|(?:\\w+ )?\\w+ ans))?|plus jamais|c'est fini",
    never_said_back="ou|pas|non|si|jamais|mais|sans|seulement|vous|votre|déjà",
    verb=(r"\b(\w+)ez vous", r"vous (\w+)ez\b"),
    verb_yes=r"je \1e|oui je \1e|j'\1e|je \1e (?:un peu|encore|toujours|beaucoup)|malheureusement je \1e(?: encore)?",
    verb_no=r"je ne \1e pas|je \1e pas|je ne \1e jamais|je \1e jamais|j'\1e pas|je n'ai jamais \1é(?: de ma vie)?|j'ai jamais \1é(?: de ma vie)?|non \1eur|je suis non \1eu(?:r|se)",
    leave=r"(?:pouvons nous|puis je|pourrions nous|peut on|est ce qu(?:on|e nous|e je) p\w+)|(?:êtes vous|vous êtes) d'accord|c'est d'accord|ça vous (?:va|convient)|acceptez vous|vous acceptez|est ce (?:bon|d'accord|possible)|voulez vous|souhaitez vous",
    permit=(
        "volontiers|avec plaisir|pas de problème|pas de souci|sans problème|aucun problème|aucun souci|si vous voulez|quand vous voulez|vous pouvez|allez y|ça me va"
        "|ça marche|je suis d'accord|c'est d'accord|j'accepte|entendu|je veux bien|très bien|c'est bon|parfait|je suis prête?|pourquoi pas"
        "|vous pouvez (?:me )?(?:rappeler|appeler)(?: quand vous voulez)?|rappelez moi(?: quand vous voulez)?|appelez moi"
    ),
    forbid="non merci|surtout pas|je (?:ne )?préfère pas|je préférerais pas|je préférerais ne pas|plutôt pas|je ne veux pas|je veux pas|pas d'accord|je ne suis pas d'accord|ne (?:me )?rappelez (?:pas|plus)|plus jamais",
    mind="(?:ça|cela) vous (?:dérange|gêne|ennuie)|êtes vous contre|avez vous une objection|y voyez vous un inconvénient",
    change=(
        "quelque chose|quoi que ce soit|autre chose|rien|ai je|est ce que j'ai",
        "changer|modifier|ajouter|corriger|faux|fausse|manque|oublié|rectifier|compléter",
    ),
    right="bien compris|bien noté|c'est (?:bien )?(?:ça|exact|correct|juste)|est ce (?:exact|correct|juste|bien ça)|n'est ce pas|c'est bon",
    content=(
        "(?:c'est |tout est |c'est tout à fait )?(?:ça|exact|correct|juste|bon|parfait|bien ça|en ordre)|tout est (?:bon|juste|correct|bien)|c'est très bien|parfait|nickel|impeccable"
        "|rien à (?:ajouter|changer|modifier|corriger|redire)|je n'ai rien à (?:ajouter|changer|corriger)|ça me va|pas de changements?|il ne manque rien"
    ),
    nothing_more="rien(?: d'autre| du tout| de plus)?|c'est tout|ce sera tout|ça sera tout|non c'est tout|je ne vois pas|je ne crois pas|ok|d'accord|ça va",
    discontent=(
        "pas (?:tout à fait )?(?:exact|correct|juste|ça|vrai)|faux|fausse|incorrect|une erreur|vous avez (?:oublié|mal compris)|mal compris|il manque|je voudrais (?:changer|corriger|ajouter|modifier)"
        "|j'aimerais (?:changer|corriger|ajouter|modifier)|je n'ai pas dit|j'ai pas dit"
    ),
    plain_yes="oui|ouais|bien sûr|certainement|absolument|tout à fait|mais oui|évidemment",
    polite="s'il vous plaît|merci",
    agree=(
        "d'accord|je suis (?:tout à fait |bien )?d'accord|ok|okay|ça marche|ça me va|ça me convient|cela me convient|c'est bon(?: pour moi)?|pas de problème|pas de souci|(?:il n'y a )?aucun (?:problème|souci)"
        "|sans problème|sans souci|allez y|vous pouvez y aller|vous pouvez commencer|on peut (?:commencer|y aller)|volontiers|avec plaisir|c'est d'accord|entendu|je veux bien|très bien|j'accepte|je consens"
        "|(?:ça|cela) ne me (?:dérange|gêne) pas|ça me dérange pas|bien entendu|bien volontiers|pourquoi pas|je n'y vois pas d'inconvénient|je suis prête?|allons y|c'est parti"
        "|c'est très bien(?: comme ça)?|ça ne me pose (?:aucun|pas de) problème|ça me pose pas de problème|on peut commencer(?: quand vous voulez)?|quand vous voulez"
    ),
    agree_tail="pour moi|avec moi|avec ça|avec cela",
    disagree=(
        "je (?:ne )?suis pas d'accord|pas d'accord|je (?:ne )?veux pas|je refuse|ça (?:ne )?me va pas|je (?:ne )?préfère pas|je préfère (?:ne )?pas|ça (?:ne )?m'intéresse pas|pas intéressée?"
        "|je (?:ne )?suis pas intéressée?|je (?:ne )?souhaite pas(?: participer| être enregistrée?)?|c'est hors de question|hors de question|je n'accepte pas|ça me dérange"
        "|je (?:ne )?veux pas(?: être enregistrée?| participer| que vous m'enregistriez)"
    ),
)

DOUBTS = Doubts(
    denials=(
        "non|nan|pas|jamais|rien|personne|aucune?|ni|sans|ne|n|refuse|contre|hors de question|laissez tomber|jamais de la vie|n'importe quoi"
    ),
    harmless=(
        "pas de (?:problème|souci)|aucun (?:problème|souci)|sans (?:problème|souci)|pourquoi pas|(?:ça|cela) (?:ne )?me (?:dérange|gêne) pas|pas d'inconvénient|n'y vois pas d'inconvénient"
        "|si vous (?:voulez|le souhaitez)|ne vous inquiétez pas|n'est ce pas"
    ),
    reservations=(
        "mais|si|à condition|condition|sauf|seulement|uniquement|tant que|pourvu|cependant|toutefois|pourtant|ça dépend|cela dépend|peut être|éventuellement|sans doute|plus tard|demain"
        "|une autre fois|attendez|attends|un instant|un moment|une seconde|une minute|d'abord|préfère|préférerais|doute|pas sûre?|inquiète?|peur|effacez|effacer|supprimez|supprimer"
        "|coupez|arrêtez|arrêter|éteignez|humain|quelqu'un|une personne|vraie personne|pressée?|occupée?|conduis|volant|et vous|à quoi|de quoi|que se passe"
    ),
    picks_up="allô|allo|bonjour|bonsoir|salut|c'est moi|lui même|elle même|j'écoute|je vous écoute|ça va|oui ça va",
    asking=(
        "qui|que|quoi|quel(?:le)?s?|où|quand|pourquoi|comment|combien|est ce|qu'est ce|c'est (?:qui|quoi|pour|un|une)|(?:êtes|pouvez|allez|avez|faites) vous|vous êtes|puis je|je peux savoir"
    ),
    fillers="euh+|heu|hm+|ah|oh|eh|ben|bah|bon|alors|oui|non|ouais|bonjour|allô|allo|et|mais|donc|pardon|désolée?|ok|d'accord",
)

CHOOSING = Choosing(
    code="fr",
    forms=romance,
    noise=ASSENT.noise,
    around=(
        "je|j|nous|on|c'est|ce sont|il|suis|ai|j'ai|avons|mon|ma|mes|notre|nos|le|la|les|l|un|une|des|du|de|d|en|à|au|aux|avec|chez|par|pour|dans|sur|plutôt|surtout|principalement|généralement|en général|normalement"
        "|d'habitude|souvent|le plus souvent|juste|seulement|actuellement|en ce moment|je dirais|je pense|je crois|oui|merci|s'il vous plaît|habite|vis|prends|utilise|vais|fais|aussi|toujours|encore|plus"
    ),
    never_echoed="ou|pas|non|sans|jamais|autre|sinon",
    denies="pas|jamais|ni|ne",
    denies_next="sans|aucune?",
    and_="et|plus",
    or_="ou|souvent|peut être",
    partly="parfois|de temps en temps",
    but="mais|parce que|car",
    idioms="d'autre part|entre autres|avant",
    i="je|j|nous|on|je suis|on est|j'habite",
    none="aucune?(?: des deux| d'entre eux)?|rien(?: du tout)?|non|ni l'un ni l'autre",
    nth=(
        "(?:le |la )?premi(?:er|ère)",
        "(?:le |la )?(?:deuxième|seconde?)",
        "(?:le |la )?troisième",
        "(?:le |la )?quatrième",
    ),
    last="(?:le |la )?derni(?:er|ère)",
)

TELLING = Telling(
    noise=f"{ASSENT.noise}|ok|bonjour|salut|allô|donc|oui alors",
    yes=ASSENT.yes,
    no=ASSENT.no,
    wh="que|quoi|quel(?:le)?s?|qui|où|quand|pourquoi|comment|combien|qu'est",
    if_any="quelque chose|éventuellement",
    nothing="rien(?: du tout| de spécial| de particulier)?|jamais|personne|nulle part|pas vraiment|aucune raison",
    no_answer="je (?:vous )?l'ai déjà dit|(?:j'ai )?déjà dit|comme (?:avant|j'ai dit|je l'ai dit)|je veux changer ma réponse|va te faire (?:foutre|voir)|foutez moi la paix|rappelez moi (?:plus tard|demain)|peu importe|bonjour|merci|bonne question|pardon|allô",
    name_lead="je m'appelle|mon (?:pré)?nom (?:est|c'est)|appelez moi|on m'appelle|vous pouvez m'appeler|je suis|c'est|moi c'est|dites|ici|juste",
    name_tail="s'il vous plaît|merci|enchantée?|ça suffit|avec une? \\w|tout court",
    no_name="faux|juste|correct|erreur|je|vous|tu|nous|il|ça|ai|déjà|dit|importe|pas|non|oui|qui|quoi|pourquoi|comment|est|et|ou|à|(?:madame|monsieur|docteur)(?= $)|bien|tout|paie|robot|question",
    place_lead="(?:j'habite|je vis|nous habitons|on habite)(?: à| en| au| dans| près de| vers)?|je viens de|à|en|c'est|dans|je suis (?:à|de)|près de",
    place_tail="s'il vous plaît|merci|en ce moment|actuellement",
    item_lead="j'(?:aime(?: bien)?|adore|ai)|je (?:fais|prends|paie|paye|joue)(?: pour| au| à| du| de la)?|nous avons|on a|il y a|aussi|un peu de|surtout|parfois|souvent|peut être|le|la|les|l|du|de la|des|un|une|mon|ma|mes|et|puis|je suis allergique (?:à|aux|au)",
    joiner="et|puis|aussi|ainsi que",
    denied="(?:mais )?(?:pas|jamais|sans|sauf|je n'aime pas|je déteste)",
    denies="pas|jamais|sans|ni|déteste|sauf|aucune?|avant",
    none="aucune?|rien(?: du tout)?|zéro|je n'en ai (?:pas|aucune?)|j'en ai (?:pas|aucune?)|pas que je sache|aucune allergie|je n'ai rien",
    closer="c'est tout|voilà|voilà c'est tout|rien d'autre|et c'est tout|etc|et cetera|des choses comme ça|je crois|je pense",
    costs="pour|à|qui coûte|coûte|coûtent|c'est|environ|à peu près|je paie|je paye|chacune?",
    per="par mois|mensuels?|le mois|par an",
    loose="quelques euros|une dizaine d'euros|dizaine",
)

DICTATING = Dictating(
    code="fr",
    zero="zéro",
    double="double",
    triple="triple",
    plus="plus",
    lead=(
        "euh|alors|oui|bon|c'est(?: le)?|mon (?:numéro|téléphone)(?: c'est(?: le)?| est(?: le)?)?|le numéro(?: est(?: le)?| c'est(?: le)?)?"
        "|ça s'écrit|ça s'épelle|j'épelle|avec|merci|le"
    ),
)

NUMBERS = Numbers(
    code="fr",
    decimal=",",
    point=frozenset({"virgule", "point"}),
    spaced=True,
    joins=frozenset({"et"}),
    not_alone=frozenset({"un", "une", "cents", "milles", "millions"}),
    spellings=named(r"\bzero\b: zéro"),
    fractions=named("0.5: et demi|et demie|1 / 2|½; 0.25: et quart; 0.75: et trois quarts"),
    noise="e+u+h+|heu+|h+m+|m+|ah|oh|ben|bah|bon|hein",
    lead=r"cest|cest à|ce sont|jai|jen ai|il y en a|il y a(?! \d+ (?:ans|jours|mois|semaines|heures|minutes))|nous avons"
    r"|on a|on en a|je dirais|je crois|je pense|alors|donc|oui|ouais|daccord|ok|eh|eh bien|seulement|juste|exactement"
    r"|précisément|en tout|au total|ça fait|attendez|voyons|voyons voir|(?:la|ma) réponse est|actuellement"
    r"|en ce moment|pour moi|moi|bonne question|à vrai dire|franchement"
    "|je vais dire|allez|malheureusement|il me reste|(?:mon|notre) (?:logement|appartement) (?:a|compte|fait)|(?:ma|notre) maison (?:a|compte|fait)|là là|je fais|jai seulement"
    "|clairement|sans hésiter|très honnêtement",
    tail="merci|sil (?:vous|te) plaît|je crois|je pense|je dirais|en tout|au total|exactement|actuellement"
    "|en ce moment|maintenant|oui|seulement|pour moi|pour linstant|jusquà présent|cest tout|voilà|dici|de chez moi"
    "|franchement|monsieur|madame"
    "|pas plus|malheureusement|environ|en voiture|à vélo",
    about="environ|à peu près|autour de|plus ou moins|peut être|dans les|disons|probablement|approximativement",
    after_about="environ|à peu près|plus ou moins|peut être|approximativement",
    usual="nous sommes|on est|en moyenne|en général|dhabitude|normalement|généralement|habituellement"
    "|la plupart du temps",
    mark="une?|une? (?:petit|gros|solide|grand|beau)|(?:moi )?je (?:lui )?(?:donne|mets|donnerais|mettrais)"
    "|(?:la|une) note(?: de)?"
    "|(?:moi )?je (?:vous |leur )(?:donne|mets|donnerais|mettrais)(?: une?)?",
    words=named(
        "no: non; earn: je (?:gagne|touche|perçois|dépense|paie|paye); points: étoiles?|points?; "
        "and: et; since: depuis|pendant; but: mais|plutôt|cest; minus: moins|-; out of: sur|/; months: mois; change: centimes?; "
        "thousand: k; net: nets?|en net|après impôts?|net dimpôts?; gross: bruts?|en brut|avant impôts?; "
        "times: fois; dozen: "
    ),
    from_to="(?:sur une échelle )?de {low} à {high}",
    age_lead="âge|mon âge(?: est| cest)?|je viens davoir|jai eu|lâge de|déjà",
    years="ans?|années?",
    year_lead="en|en lan|lan|lannée|depuis|(?:je suis )?née? en|cétait(?: en)?",
    currency=r"euros?|eur|€|balles|francs?|chf|dollars?|\$|livres?|£",
    periods=named(
        "hour: de lheure|par heure; day: par jour|chaque jour|tous les jours; "
        "night: par nuit|la nuit|chaque nuit|toutes les nuits; "
        "week: par semaine|la semaine|chaque semaine|toutes les semaines|hebdomadaires?; "
        "month: par mois|le mois|chaque mois|tous les mois|mensuels?|au mois; "
        "year: par an|par année|chaque année|tous les ans|annuels?|à lannée; trip: par voyage"
    ),
    units=named(
        "hours: d?heures?|h; minutes: minutes?|min|mn; kilometres: kilom[èe]tres?|km|bornes?; miles: miles?; "
        "metres: mètres?; kilos: kilos?|kilogrammes?|kg; percent: pour (?:100|cent)|pourcents?|%; "
        "years: ans?|d?années?; months: mois; weeks: semaines?; days: jours?; children: d?enfants?|gosses?|gamins?; "
        "rooms: pièces?; people: personnes?|gens"
    ),
    parts=named("children: garçons?|filles?|fils"),
    one="une?|une? seule?",
    one_alone="une?|une? seule?",
    half_of="une? demie?",
    zero="aucune?|aucune? du tout|pas (?:une?|1)(?: seule?)?|je nen ai (?:pas|aucune?)|jen ai (?:pas|aucune?)",
    nothing="rien|rien du tout|pas (?:un|1) centime",
    never="jamais|pas du tout|(?:pas une|pas 1|aucune) (?:seule )?fois",
    no="pas|pas de|aucune?|je nai pas|je nai pas de|jai pas|jai pas de|je nai aucune?",
    correction="non|pardon|attendez|je veux dire|je voulais dire|enfin|plutôt|ou plutôt|désolée?|excusez moi"
    "|je me trompe|erreur|je corrige",
    but_not="pas|non pas|ce nest pas|cest pas|je nai pas|jai pas",
    asks=named(
        "age: quel âge|(?:votre|ton) âge; year: quelle année|année de naissance|quand êtes vous née?; "
        "scale: échelle|notez|note|notation|combien détoiles|de (?:zéro|un|0|1) à|entre (?:zéro|un|0|1) et; "
        "times: combien de fois|à quelle fréquence|nombre de fois; count: combien de|nombre de; "
        "roughly: environ|à peu près|approximativement"
    ),
    asked_noun=r"\bcombien (?:de )?(\w+)",
    said_back=named(
        r"avez vous|as tu: jai; dormez vous|dors tu: je dors; (\w{3,})ez vous: je \1e; vous|tu: je; votre|ton: mon"
    ),
    not_said_back="ou|pas|non|ni|aucune?|jamais|rien|plus|moins|que|quel|quelle|au|sous|sur|jusquà|entre|environ"
    "|presque|avant|après|autre|autres|demie?|quart|deux|sil|plaît|merci|oui|daccord|combien|comment|quand|souvent"
    "|pouvez|pourriez|voulez|si|idée",
    said_together="dans|pour|avec|chez|depuis|derniers?|dernières?|prochaine?s?|cette|chaque|votre|vous|être|êtes"
    "|avez|tous|toutes",
)

REMARKS = Remarks(
    begin=("cest|ce sont|ils sont|elles sont|ils|elles|je|jai|jy|je suis|on|nous|ça|et cest|et ils|et je|il fait"),
    never=(
        r"pas|plus|jamais|rien|aucune?|ni|si|sinon|mais|ou|sauf|sans|moins|presque|avant|après|depuis|jusqu\w*"
        "|quand|parfois|souvent|crois|pense|dirais|dis|dit|dire|voudrais|aimerais|pourrais?|devrais|serais?"
        "|aurais?|espère|veux|voulais|était|étais|étaient|avait|avais|sera|aura|va|vais (?:avoir|être|faire)"
        r"|bientôt|prochaine?s?|derni\w*|par|bruts?|nets?|impôts?|mari|femme|conjointe?|copain|copine|mère|père"
        r"|frère|sœur|ensemble|tous les deux|toutes les deux|compt\w*|compris|blague|plaisante|rigole|mens"
        "|mentir|faux|fausse|erreur|trompe|pardon|désolée?|enfin|plutôt|attendez|minutes|heures|euros"
        r"|kilomètres|semaines?|mois|ans|année\w*|weekends?|demie?s?|double|avec|vous|votre|dérange|arrêtez"
        "|aide|environ|seulement|que|contre"
        "|arrêt\\w*|commenc\\w*|de temps en temps"
    ),
)

WISHES = Wishes(
    fillers=(
        "euh+|heu+|hm+|ah|oh|eh|ben|bah|bon|alors|s'il vous plaît|maintenant|désolée?|je suis désolée?|pardon|excusez moi|non|oui|merci|merci beaucoup|bonjour|ok|d'accord|et|mais|donc|là|ici|honnêtement|franchement|vraiment|écoutez|en fait|juste|un peu|tout de suite|monsieur|madame|pour aujourd'hui"
    ),
    stop=(
        "stop|arrêtez(?: ça| tout| l'appel| l'entretien)?|on arrête(?: là| ici)?|arrêtons(?: là| ici| nous là)?|ça suffit|c'est assez|j'en ai assez|j'en ai marre|au revoir|bonne journée au revoir|je raccroche|raccrochez|(?:je (?:veux|voudrais|préfère|souhaite)|j'aimerais) (?:m'arrêter|arrêter|raccrocher|en finir|terminer|mettre fin)(?: là| ici| l'appel| l'entretien| maintenant)*"
        "|(?:on peut|pouvons nous|peut on|est ce qu'on peut) (?:arrêter|s'arrêter|terminer)(?: là| ici)?|je ne veux (?:plus|pas) (?:continuer|répondre|parler)|je veux (?:plus|pas) (?:continuer|répondre|parler)|plus de questions|laissez moi tranquille|restons en là|je n'ai plus envie|mettez fin à l'appel"
    ),
    leave="je dois (?:y aller|partir|raccrocher|vous laisser|filer)|il faut que (?:j'y aille|je parte|je raccroche|je vous laisse)|je n'ai (?:plus|pas) le temps|j'ai (?:plus|pas) le temps|pas le temps|je vous laisse",
    repeat=(
        "(?:pouvez vous |vous pouvez |pourriez vous |tu peux )?(?:répéter|répétez|redire|redites|reformuler)(?: la question| ça| cela| votre question)?|comment|quoi|hein|pardon|vous (?:dites|disiez|avez dit)|qu'est ce que (?:vous avez dit|vous dites)|je n'ai pas (?:compris|entendu|bien compris|bien entendu)(?: la question)?|j'ai pas (?:compris|entendu|bien compris|bien entendu)(?: la question)?"
        "|je (?:ne )?vous (?:entends|comprends) (?:pas|mal)(?: bien)?|je (?:ne )?comprends pas(?: la question)?|quelle (?:était|est) la question|encore une fois|plus (?:fort|lentement)|(?:pouvez vous |vous pouvez )?parler? plus (?:fort|lentement)|qu'est ce que ça veut dire|que voulez vous dire"
    ),
    pardon="pardon|désolée?|comment|oui pardon|excusez moi",
    wait=(
        "(?:un (?:petit )?|juste un (?:petit )?|attendez un |donnez moi un |une |juste une |attendez une |donnez moi une )(?:instant|moment|seconde|minute)|attendez|attends|patientez|deux (?:secondes|minutes)|ne quittez pas|ne quitte pas|(?:laissez moi|il faut que je|je dois|je vais) (?:réfléchir|réfléchisse|voir|vérifier|regarder|regarde|y réfléchir)|voyons|voyons voir|je réfléchis|je reviens|j'arrive"
    ),
    wait_while="(?:attendez|un instant|une seconde|ne quittez pas|une minute) (?:on sonne|il y a|je dois|je vais|mon|ma|le téléphone|quelqu'un)",
    refuse=(
        "(?:sans commentaires?|pas de commentaires?)|(?:on peut |je )?(?:passer?|passons)(?: à la suivante| à la question suivante| la question| cette question)?|question suivante|la suivante|suivante?|je passe|(?:ça|cela) ne vous regarde pas|ça vous regarde pas|c'est (?:privé|personnel|trop personnel|trop privé|confidentiel)|je (?:ne )?préfère pas|je préfère (?:ne )?pas|je refuse"
    ),
    refuse_to="je (?:ne )?(?:préfère|préférerais) (?:ne )?pas (?:répondre|le dire|dire|en parler|vous le dire)|je (?:ne )?(?:veux|souhaite) pas (?:répondre|le dire|dire|en parler|vous le dire)(?: à (?:ça|cette question))?|j'aime mieux (?:ne )?pas (?:répondre|le dire|en parler)|je ne vous le dirai pas",
    refuse_about="je (?:ne )?(?:veux|souhaite|préfère) pas parler (?:de|d)|je préfère (?:ne )?pas parler (?:de|d)",
    unknown=(
        "je (?:ne )?(?:sais|me souviens|me rappelle)(?: vraiment| plus| pas| du tout| trop| exactement)*(?: pas| plus)(?: trop| exactement| du tout| vraiment)*|j(?:'en)? sais (?:pas|rien)|j'en sais rien|je n'en sais rien|chais pas|aucune idée|je n'ai aucune idée|pas sûre?|je (?:ne )?suis pas (?:sûre?|certaine?)|c'est (?:difficile|dur) à dire|difficile à dire|j'ai oublié|je (?:ne )?saurais pas (?:vous )?dire|qui sait|je ne pourrais pas (?:vous )?dire"
    ),
    change=(
        "(?:(?:je (?:veux|voudrais|dois|peux)|j'aimerais|on peut|peut on|pourrait on|est ce (?:que je peux|qu'on peut))(?: encore)? )?"
        "(?:revenir|retourner|(?:changer|corriger|modifier) (?:ma|la|une)(?: dernière)? réponse|(?:changer|corriger) quelque chose)(?: en arrière)?|revenons|je change ma réponse"
    ),
    change_of="à(?: la| l)?|au[x]?|sur(?: l[ae]s?| l)?",
    asks=(
        "(?:qui|que|où|pourquoi|comment|quand|combien|quel(?:le)?s?) (?:est|êtes|sont|va|allez|faites|voulez|avez|de temps)|qu'est ce que? (?:c'est|vous|ça)|est ce (?:que|qu)|(?:êtes|pouvez|allez|avez|faites|enregistrez) vous|c'est (?:enregistré|un robot|une machine|qui|pour quoi|anonyme)|vous êtes (?:un|une|qui)|puis je|je peux (?:parler|savoir)|ça (?:dure|prend|va durer) combien|je parle à"
    ),
    asks_with_mark="et (?:vous|toi)|qui|que|quoi|quel(?:le)?s?|où|quand|pourquoi|comment|combien|est ce|qu'est ce|c'est|vous|puis je|ça",
)
