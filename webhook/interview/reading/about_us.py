"""Questions about the call itself, which the fixed lines can answer: who speaks, an AI?, recorded?, a person?, how long?

Looked for in every language there is, whatever the language of the call. An answer to another question than the one
that was asked ("How long will this be kept?") would be worse than none, so two kinds are read as whole clauses only.
"""

from __future__ import annotations

import re
from functools import cache

from webhook.interview.history import normalise
from webhook.interview.reading.line import PAUSES, any_of, line, tokens_of
from webhook.interview.understanding import AboutUs

_LONGEST_READ = 500
"""Characters of an utterance that are looked at; whoever says more asks more than this."""
_CLAUSE = re.compile(r"[^.!?…,;:()]+")
_MARKS = PAUSES | {"?", "¿"}
_FILLERS = (
    "um|uh|er|erm|hmm|mm|oh|ah|well|so|okay|ok|sorry|wait|hold on|hang on|but|because|and|please|hey|hello|hi|no|yes|yeah|right|now|then|actually|just|really|today|here|like"
    "|äh|ähm|hm|ach|also|na|naja|bitte|jetzt|mal|nun|eigentlich|entschuldigung|moment|nein|ja|nee|hallo|und|dann|aber|denn|sagen sie|warten sie|einen moment"
    "|euh|heu|alors|attendez|pardon|excusez moi|oui|non|bonjour|mais|et|dites|un instant|eh|este|pues|bueno|espere|perdone|perdón|disculpe|sí|hola|oiga|pero|y|un momento"
)
_BEGINNINGS = {
    AboutUs.RECORDING: (
        "(?:is|will) (?:this|it|that|the call|this call|the conversation|this conversation) (?:be )?(?:recorded|being recorded|getting recorded|taped)"
        "|(?:are you|do you|will you|is somebody|is someone|is anybody|is anyone) (?:recording|record|taping)|(?:am i|are we)(?: being)? recorded|is there a recording"
        "|(?:wird|werde|werden) (?:das|es|dies|ich|wir|der anruf|dieser anruf|das gespräch|dieses gespräch)?(?: ?hier)?(?: jetzt| gerade| auch)? ?(?:aufgezeichnet|aufgenommen|mitgeschnitten)"
        "|(?:nehmen sie|nimmst du|zeichnen sie|schneiden sie) (?:das|dies|mich|uns|das hier|das gespräch) (?:auf|mit)|(?:gibt es|läuft)(?: hier)? eine aufnahme"
        "|(?:c'est|ça est|cet appel est|l'appel est|la conversation est)(?: il)? enregistrée?|(?:est ce que )?(?:c'est|vous|on)(?: m'| nous)? ?enregistrez?|(?:est ce que|je suis) (?:enregistrée?|cet appel est enregistré|c'est enregistré)|m'enregistrez vous|enregistrez vous|vous (?:m'enregistrez|enregistrez)"
        "|(?:se|me|nos) (?:está|están) grabando|(?:esto|la llamada|esta llamada) (?:se graba|está siendo grabada|se está grabando)|(?:se|me) graban?|(?:está|están) grabando|se graba (?:esto|la llamada)"
    ),
    AboutUs.HUMAN: (
        "(?:can|could|may) i (?:please )?(?:talk|speak) (?:to|with) (?:a|an|some|a real|an actual|another)? ?(?:human|person|people|human being|real person|agent|operator|someone|somebody|representative|one of your colleagues|colleague|supervisor|your boss)"
        "|i(?:'d like| would like|'d prefer| want| need) to (?:talk|speak) (?:to|with) (?:a|an|some|a real|an actual)? ?(?:human|person|real person|agent|operator|someone|somebody|representative|human being)|(?:put|connect) me (?:through )?(?:to|with) (?:a|an|some)? ?(?:human|person|real person|agent|operator|someone|somebody)|is there a (?:real )?(?:person|human)|give me a (?:real )?(?:person|human)"
        "|(?:kann|könnte|darf) ich (?:bitte )?(?:mit|einen|eine|jemanden?) ?(?:einem|einer|jemandem|jemand)? ?(?:echten|richtigen)? ?(?:menschen|mitarbeiter|mitarbeiterin|person|echtem)|ich (?:möchte|will|würde gerne?)(?: lieber)? mit (?:einem|einer|jemandem) (?:echten |richtigen )?(?:menschen|mitarbeiter|mitarbeiterin|person)|verbinden sie mich mit (?:einem|einer|jemandem)"
        "|(?:est ce que )?(?:je peux|puis je|pourrais je|je voudrais|j'aimerais|je veux) parler (?:à|avec) (?:un|une|quelqu'un|un vrai|une vraie) ?(?:humain|personne|conseiller|conseillère|être humain|agent|de réel)?|passez moi (?:un|une|quelqu'un)"
        "|(?:puedo|podría|quiero|quisiera|me gustaría) hablar con (?:una persona|un humano|un agente|alguien|un ser humano|un operador|una operadora|otra persona)|páseme con|póngame con"
    ),
    AboutUs.AI: (
        "(?:are you|are you really|are you just|is this|is that|am i (?:talking|speaking) (?:to|with))(?: really| actually| just)? (?:an? )?(?:ai|robot|bot|chatbot|machine|computer|human(?: being)?|person|real person|real human|actual person|real|artificial|recording|chatgpt)"
        "|(?:sind sie|bist du|ist das|ist das hier|spreche ich(?: hier| gerade)? mit|rede ich(?: hier)? mit)(?: etwa| wirklich)? (?:eine?[mr]? )?(?:echte[rnm]? )?(?:ki|roboter|bot|maschine|computer|automate?n?|mensche?n?|person|künstlichen? intelligenz|echt|chatgpt)"
        "|(?:êtes vous|vous êtes|es tu|c'est|est ce que vous êtes|est ce que c'est|je parle à|est ce que je parle à)(?: vraiment| bien)? (?:une? )?(?:vraie? )?(?:ia|robot|machine|ordinateur|humaine?|personne|être humain|intelligence artificielle|vrai|réelle?)"
        "|(?:es usted|usted es|eres|esto es|es esto|es|estoy hablando con|hablo con)(?: realmente| de verdad)? (?:una? )?(?:ia|robot|máquina|ordenador|computadora|humano|persona|ser humano|inteligencia artificial|real|bot)(?: de verdad| real)?"
    ),
}
_CLAUSES = {
    AboutUs.WHO: (
        "who are you|who(?: is|'s) (?:this|that|calling|speaking)|who am i (?:talking|speaking) (?:to|with)|what(?:'s| is) your name"
        "|wer sind sie(?: denn| überhaupt| eigentlich)?|wer bist du|wer ist (?:da|das)|wer spricht (?:denn )?da|mit wem (?:spreche|rede) ich(?: da)?|wie heißen sie|wie heißt du|wie ist ihr name"
        "|qui êtes vous|vous êtes qui|c'est qui|qui est ce|qui est à l'appareil|qui (?:m')?appelle|à qui je parle|à qui ai je l'honneur|comment vous appelez vous|comment vous vous appelez"
        "|quién es(?: usted)?|quién (?:me )?(?:llama|habla)|con quién hablo|con quién estoy hablando|de parte de quién|cómo se llama(?: usted)?"
    ),
    AboutUs.DURATION: (
        "how (?:long|much longer|much time) (?:will|does|is) (?:this|it|that|the call|this call|the interview|this interview|all this) (?:take|going to take|last|going to last|go on)|(?:will|does|is) (?:this|it) (?:going to )?take (?:long|much longer)"
        "|how long(?: is (?:this|it|the call|the interview))?|how much longer|how many (?:more )?questions(?: are there)?|are we (?:almost|nearly) done"
        "|wie lange noch|wie viele fragen(?: noch| kommen noch)?|dauert (?:das|es)(?: noch)? lange|sind wir bald fertig|wie lange wird das dauern|wie lange brauchen wir|wie lange (?:dauert|geht) (?:das|es|das denn|das noch|es noch|das hier|das gespräch|das interview|das ganze)"
        "|(?:ça|cela) (?:dure|prend|va durer|va prendre) combien de temps|combien de temps (?:ça|cela)(?: va)? (?:dure|durer|prend|prendre)|combien de temps(?: encore| cela dure t il| ça va prendre)?|c'est long|c'est encore long|(?:il y a )?(?:encore )?combien de questions|c'est bientôt fini|ça va être long"
        "|cuánto (?:dura|tarda|falta|tiempo(?: dura| falta| tarda| lleva| va a durar)?)(?: esto| la entrevista)?|cuántas preguntas(?: más| son| quedan| faltan)?|va a (?:durar|tardar) mucho|falta mucho|es muy largo"
    ),
}


@cache
def _patterns() -> tuple[tuple[AboutUs, re.Pattern[str]], ...]:
    """What begins a question, or is the whole of one, with fillers around it."""
    fill = any_of(_FILLERS)
    begins = [(kind, re.compile(f"{fill}*?{any_of(table)}")) for kind, table in _BEGINNINGS.items()]
    whole = [(kind, re.compile(f"{fill}*?{any_of(table)}{fill}*\\Z")) for kind, table in _CLAUSES.items()]
    return (*begins, *whole)


def about_us(utterance: str) -> AboutUs | None:
    """What of this the caller asks, the first of it; None: nothing of the kind."""
    for clause in _CLAUSE.findall(normalise(utterance[:_LONGEST_READ])):
        said = line(token for token in tokens_of(clause) if token not in _MARKS)
        found = next((kind for kind, pattern in _patterns() if pattern.match(said)), None)
        if found is not None:
            return found
    return None
