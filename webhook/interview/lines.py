"""The service's own spoken lines, for whatever a flow does not word itself.

Short, warm and plain, made to be heard. A line that asks has one question mark, and a line that leads back to the
flow's question has none, because the question follows.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Line(StrEnum):
    """When a line is said."""

    DID_NOT_CATCH = "did_not_catch"  #: nothing could be made of what was said
    TAKE_YOUR_TIME = "take_your_time"  #: the caller asked us to wait
    CONFIRM_STOP = "confirm_stop"  #: asked once before the call is ended early
    ASK_MORE = "ask_more"  #: a probe for any subject
    CANNOT_ANSWER = "cannot_answer"  #: the caller's question cannot be answered now; ours follows
    AN_AI = "an_ai"  #: they asked whether they talk to a person; our question follows, as after the next four
    NO_PERSON = "no_person"  #: they would rather talk to a person
    WHO = "who"  #: they asked who we are; holds `{name}`
    ASK_THE_HOSTS = "ask_the_hosts"  #: they asked whether the call is recorded, and the flow does not tell
    MINUTES_LEFT = "minutes_left"  #: they asked how long it takes; holds `{minutes}`
    WHAT_ELSE = "what_else"  #: a list of which more is asked for
    AND_WHAT_ABOUT = "and_what_about"  #: another fact of the same subject; holds `{fact}`
    NO_HURRY = "no_hurry"  #: the platform asks for words where none are due: the caller is thinking
    BACK_TO_IT = "back_to_it"  #: off the subject; the question follows
    ONLY_THIS_LANGUAGE = "only_this_language"
    GOT_IT = "got_it"
    SAY_AGAIN_VALUE = "say_again_value"  #: a value could not be used; the question follows
    HOLDING = "holding"  #: time is needed, and the answer has been kept
    GOODBYE = "goodbye"  #: the last words of an ending that has none
    FELL_SILENT = "fell_silent"  #: the same, when nothing was heard any more
    ANSWERED_BY_MACHINE = "answered_by_machine"  #: the same, to a mailbox, a queue or a menu
    NOT_UNDERSTOOD = "not_understood"  #: the same, when a consent could not be made out
    STOPPED = "stopped"  #: the same, when the caller wanted to stop
    OUT_OF_TIME = "out_of_time"  #: the same, when the time was up
    NOTHING_BAD = "nothing_bad"  #: a sign of distress, in a flow that has no words for it
    CALL_FOR_HELP = "call_for_help"  #: a stroke, a heart attack, a call for an ambulance; before the flow's own words
    ARE_YOU_SAFE = "are_you_safe"  #: a sign of distress that may be a figure of speech
    IS_EVERYBODY_SAFE = "is_everybody_safe"  #: the same of a threat
    ALREADY_OVER = "already_over"  #: the caller speaks after the end
    STILL_THERE = "still_there"  #: silence
    BUSY = "busy"  #: there is no room for one more call
    GO_ON = "go_on"  #: the line was broken; the question follows
    TELL_ME_CHANGE = "tell_me_change"
    EXPLAIN_WHY = "explain_why"  #: a question that matters was refused; it follows once more
    READ_BACK = "read_back"  #: holds `{value}`
    SUMMARY_INTRO = "summary_intro"


_ENGLISH = {
    Line.DID_NOT_CATCH: "I didn't catch that. Could you please repeat?",
    Line.TAKE_YOUR_TIME: "Of course, take your time.",
    Line.CONFIRM_STOP: "Would you like to stop here?",
    Line.ASK_MORE: "Could you tell me a little more about that?",
    Line.CANNOT_ANSWER: "That's a fair question, but I can't answer it right now. Let me come back to where we were.",
    Line.AN_AI: "I'm an AI, not a person.",
    Line.NO_PERSON: "There is no person on this line, only me, an AI; the people who run this interview can call you instead.",
    Line.WHO: "My name is {name}, and I'm an AI interviewer.",
    Line.ASK_THE_HOSTS: "I can't tell you that myself, but the people who run this interview can.",
    Line.MINUTES_LEFT: "It takes {minutes} more at most.",
    Line.BACK_TO_IT: "Thanks for telling me. Let me bring us back to my question.",
    Line.ONLY_THIS_LANGUAGE: "I'm sorry, I can only hold this interview in English.",
    Line.GOT_IT: "Got it, thank you.",
    Line.SAY_AGAIN_VALUE: "Sorry, I couldn't quite make sense of that answer. Let me ask you once more.",
    Line.HOLDING: "Thanks, I have that. Let me just catch up for a second.",
    Line.GOODBYE: "That's everything from me. Thank you for your time, and take care.",
    Line.STOPPED: "Of course, let's stop here. Thank you for your time.",
    Line.FELL_SILENT: "I can't hear you any more, so let's leave it here. Thank you for your time. Goodbye.",
    Line.ANSWERED_BY_MACHINE: "Goodbye.",
    Line.NOT_UNDERSTOOD: "I'm sorry, I couldn't understand your answer, so I won't go on. Thank you for your time. Goodbye.",
    Line.WHAT_ELSE: "What else?",
    Line.AND_WHAT_ABOUT: "And what about this: {fact}?",
    Line.NO_HURRY: "Take your time.",
    Line.OUT_OF_TIME: "I'm afraid our time is up. Thank you for everything you told me. Goodbye.",
    Line.NOTHING_BAD: (
        "I'm really sorry you're going through this. I'm not able to help with it, but you don't have to face it alone. "
        "If you are in danger, please call your local emergency services now, or reach out to someone you trust."
    ),
    Line.CALL_FOR_HELP: "If this is an emergency, please hang up now and call the emergency number.",
    Line.ARE_YOU_SAFE: "Let me stop for a moment, because I want to be sure that I heard you right. Are you safe right now?",
    Line.IS_EVERYBODY_SAFE: (
        "Let me stop for a moment, because I want to be sure that I heard you right. Is everybody safe right now?"
    ),
    Line.ALREADY_OVER: "Our interview is over. Thank you again, and goodbye.",
    Line.STILL_THERE: "Are you still there?",
    Line.BUSY: "I'm sorry, I can't take another call at the moment. Please try again a little later. Goodbye.",
    Line.GO_ON: "Good to have you back. Let's go on where we were.",
    Line.TELL_ME_CHANGE: "Of course. What should I change?",
    Line.EXPLAIN_WHY: "I understand. I only ask because I can't go on without it, so let me ask just once more.",
    Line.READ_BACK: "So that is {value}, right?",
    Line.SUMMARY_INTRO: "Here is what I have so far:",
}

_GERMAN = {
    Line.DID_NOT_CATCH: "Das habe ich leider nicht verstanden. Können Sie es bitte wiederholen?",
    Line.TAKE_YOUR_TIME: "Natürlich, lassen Sie sich Zeit.",
    Line.CONFIRM_STOP: "Möchten Sie an dieser Stelle aufhören?",
    Line.ASK_MORE: "Können Sie mir dazu noch etwas mehr erzählen?",
    Line.CANNOT_ANSWER: "Das ist eine berechtigte Frage, aber ich kann sie gerade nicht beantworten. Zurück zu unserem Thema.",
    Line.AN_AI: "Ich bin eine KI und kein Mensch.",
    Line.NO_PERSON: (
        "In dieser Leitung ist kein Mensch, nur ich, eine KI. Die Veranstalter dieses Gesprächs können Sie stattdessen anrufen."
    ),
    Line.WHO: "Mein Name ist {name}, und ich bin eine KI, die Gespräche führt.",
    Line.ASK_THE_HOSTS: "Das kann ich selbst nicht sagen, aber die Veranstalter dieses Gesprächs können es.",
    Line.MINUTES_LEFT: "Es dauert höchstens noch {minutes}.",
    Line.BACK_TO_IT: "Danke, dass Sie mir das erzählen. Ich komme noch einmal auf meine Frage zurück.",
    Line.ONLY_THIS_LANGUAGE: "Es tut mir leid, ich kann dieses Gespräch nur auf Deutsch führen.",
    Line.GOT_IT: "Alles klar, vielen Dank.",
    Line.SAY_AGAIN_VALUE: "Mit dieser Antwort konnte ich leider nichts anfangen. Ich frage noch einmal.",
    Line.HOLDING: "Danke, das habe ich notiert. Einen kleinen Augenblick bitte.",
    Line.GOODBYE: "Das war alles von meiner Seite. Vielen Dank für Ihre Zeit und alles Gute.",
    Line.FELL_SILENT: "Ich höre Sie leider nicht mehr, deshalb machen wir hier Schluss. Vielen Dank für Ihre Zeit.",
    Line.ANSWERED_BY_MACHINE: "Auf Wiederhören.",
    Line.NOT_UNDERSTOOD: (
        "Es tut mir leid, ich habe Ihre Antwort nicht verstanden und mache deshalb nicht weiter. Vielen Dank für Ihre Zeit."
    ),
    Line.WHAT_ELSE: "Was noch?",
    Line.AND_WHAT_ABOUT: "Und wie ist es damit: {fact}?",
    Line.NO_HURRY: "Lassen Sie sich Zeit.",
    Line.STOPPED: "Natürlich, dann hören wir hier auf. Vielen Dank für Ihre Zeit.",
    Line.OUT_OF_TIME: "Leider ist unsere Zeit um. Vielen Dank für alles, was Sie mir erzählt haben. Auf Wiederhören.",
    Line.NOTHING_BAD: (
        "Es tut mir sehr leid, dass es Ihnen so geht. Ich kann Ihnen dabei nicht helfen, aber Sie müssen damit nicht "
        "allein bleiben. Wenn Sie in Gefahr sind, rufen Sie bitte sofort den örtlichen Notruf an oder wenden Sie sich "
        "an einen Menschen, dem Sie vertrauen."
    ),
    Line.CALL_FOR_HELP: "Wenn das ein Notfall ist, legen Sie bitte jetzt auf und wählen Sie den Notruf.",
    Line.ARE_YOU_SAFE: (
        "Ich halte kurz inne, weil ich sichergehen möchte, dass ich Sie richtig verstanden habe. Sind Sie gerade in Sicherheit?"
    ),
    Line.IS_EVERYBODY_SAFE: (
        "Ich halte kurz inne, weil ich sichergehen möchte, dass ich Sie richtig verstanden habe. Sind gerade alle in Sicherheit?"
    ),
    Line.ALREADY_OVER: "Unser Gespräch ist schon zu Ende. Nochmals vielen Dank und auf Wiederhören.",
    Line.STILL_THERE: "Sind Sie noch da?",
    Line.BUSY: "Es tut mir leid, im Moment ist keine Leitung frei. Bitte versuchen Sie es etwas später noch einmal. Auf Wiederhören.",
    Line.GO_ON: "Schön, dass Sie wieder da sind. Wir machen weiter, wo wir waren.",
    Line.TELL_ME_CHANGE: "Gerne. Was soll ich ändern?",
    Line.EXPLAIN_WHY: "Das verstehe ich. Ohne diese Angabe kann ich nicht weitermachen, deshalb frage ich nur noch ein Mal.",
    Line.READ_BACK: "Das heißt {value}, richtig?",
    Line.SUMMARY_INTRO: "Das habe ich bisher notiert:",
}

_FRENCH = {
    Line.DID_NOT_CATCH: "Je n'ai pas bien compris. Pouvez-vous répéter, s'il vous plaît ?",
    Line.TAKE_YOUR_TIME: "Bien sûr, prenez votre temps.",
    Line.CONFIRM_STOP: "Souhaitez-vous vous arrêter ici ?",
    Line.ASK_MORE: "Pouvez-vous m'en dire un peu plus ?",
    Line.CANNOT_ANSWER: "C'est une bonne question, mais je ne peux pas y répondre maintenant. Revenons à notre sujet.",
    Line.AN_AI: "Je suis une intelligence artificielle, pas une personne.",
    Line.NO_PERSON: (
        "Il n'y a personne d'autre sur cette ligne, seulement moi, une intelligence artificielle. "
        "Les organisateurs de cet entretien peuvent vous rappeler."
    ),
    Line.WHO: "Je m'appelle {name}, et je suis une intelligence artificielle qui mène des entretiens.",
    Line.ASK_THE_HOSTS: "Je ne peux pas vous le dire moi-même, mais les organisateurs de cet entretien le peuvent.",
    Line.MINUTES_LEFT: "Il reste {minutes} au plus.",
    Line.BACK_TO_IT: "Merci de me le dire. Je reviens à ma question.",
    Line.ONLY_THIS_LANGUAGE: "Je suis désolée, je ne peux mener cet entretien qu'en français.",
    Line.GOT_IT: "C'est noté, merci.",
    Line.SAY_AGAIN_VALUE: "Désolée, je n'ai pas bien compris cette réponse. Je vous repose la question.",
    Line.HOLDING: "Merci, c'est noté. Un petit instant, s'il vous plaît.",
    Line.GOODBYE: "C'est tout de mon côté. Merci pour votre temps, et au revoir.",
    Line.FELL_SILENT: "Je ne vous entends plus, arrêtons-nous donc ici. Merci pour votre temps, et au revoir.",
    Line.ANSWERED_BY_MACHINE: "Au revoir.",
    Line.NOT_UNDERSTOOD: (
        "Je suis désolée, je n'ai pas compris votre réponse, je ne vais donc pas plus loin. Merci pour votre temps. Au revoir."
    ),
    Line.WHAT_ELSE: "Quoi d'autre ?",
    Line.AND_WHAT_ABOUT: "Et pour ceci : {fact} ?",
    Line.NO_HURRY: "Prenez votre temps.",
    Line.STOPPED: "Bien sûr, arrêtons-nous ici. Merci pour votre temps.",
    Line.OUT_OF_TIME: "Notre temps est écoulé. Merci pour tout ce que vous m'avez dit. Au revoir.",
    Line.NOTHING_BAD: (
        "Je suis vraiment désolée de ce que vous traversez. Je ne peux pas vous aider, mais vous n'avez pas à rester "
        "seul avec cela. Si vous êtes en danger, appelez tout de suite les secours, ou une personne de confiance."
    ),
    Line.CALL_FOR_HELP: "Si c'est une urgence, raccrochez maintenant et appelez les secours.",
    Line.ARE_YOU_SAFE: (
        "Je m'arrête un instant, car je veux être sûre de vous avoir bien compris. Êtes-vous en sécurité en ce moment ?"
    ),
    Line.IS_EVERYBODY_SAFE: (
        "Je m'arrête un instant, car je veux être sûre de vous avoir bien compris. Tout le monde est-il en sécurité ?"
    ),
    Line.ALREADY_OVER: "Notre entretien est terminé. Merci encore, et au revoir.",
    Line.STILL_THERE: "Êtes-vous toujours là ?",
    Line.BUSY: "Je suis désolée, aucune ligne n'est libre en ce moment. Veuillez réessayer un peu plus tard. Au revoir.",
    Line.GO_ON: "Content de vous retrouver. Reprenons là où nous en étions.",
    Line.TELL_ME_CHANGE: "Bien sûr. Que dois-je changer ?",
    Line.EXPLAIN_WHY: "Je comprends. Je ne peux pas continuer sans cela, je vous le demande donc une dernière fois.",
    Line.READ_BACK: "C'est donc {value}, n'est-ce pas ?",
    Line.SUMMARY_INTRO: "Voici ce que j'ai noté :",
}

_SPANISH = {
    Line.DID_NOT_CATCH: "No le he entendido bien. ¿Puede repetirlo, por favor?",
    Line.TAKE_YOUR_TIME: "Claro, tómese su tiempo.",
    Line.CONFIRM_STOP: "¿Quiere que lo dejemos aquí?",
    Line.ASK_MORE: "¿Puede contarme un poco más sobre eso?",
    Line.CANNOT_ANSWER: "Es una buena pregunta, pero ahora no puedo responderla. Volvamos a lo nuestro.",
    Line.AN_AI: "Soy una inteligencia artificial, no una persona.",
    Line.NO_PERSON: (
        "En esta línea no hay ninguna persona, solo yo, una inteligencia artificial. "
        "Quienes organizan esta entrevista pueden llamarle."
    ),
    Line.WHO: "Me llamo {name} y soy una inteligencia artificial que hace entrevistas.",
    Line.ASK_THE_HOSTS: "Eso no se lo puedo decir yo, pero sí quienes organizan esta entrevista.",
    Line.MINUTES_LEFT: "Quedan {minutes} como mucho.",
    Line.BACK_TO_IT: "Gracias por contármelo. Vuelvo a mi pregunta.",
    Line.ONLY_THIS_LANGUAGE: "Lo siento, solo puedo hacer esta entrevista en español.",
    Line.GOT_IT: "Entendido, gracias.",
    Line.SAY_AGAIN_VALUE: "Perdone, no he entendido bien esa respuesta. Se lo pregunto otra vez.",
    Line.HOLDING: "Gracias, lo he anotado. Un momentito, por favor.",
    Line.GOODBYE: "Eso es todo por mi parte. Gracias por su tiempo, y que le vaya bien.",
    Line.FELL_SILENT: "Ya no le oigo, así que lo dejamos aquí. Gracias por su tiempo, y adiós.",
    Line.ANSWERED_BY_MACHINE: "Adiós.",
    Line.NOT_UNDERSTOOD: "Lo siento, no he entendido su respuesta, así que no sigo. Gracias por su tiempo. Adiós.",
    Line.WHAT_ELSE: "¿Qué más?",
    Line.AND_WHAT_ABOUT: "¿Y qué me dice de esto: {fact}?",
    Line.NO_HURRY: "Tómese su tiempo.",
    Line.STOPPED: "Claro, lo dejamos aquí. Gracias por su tiempo.",
    Line.OUT_OF_TIME: "Se nos ha acabado el tiempo. Gracias por todo lo que me ha contado. Adiós.",
    Line.NOTHING_BAD: (
        "Siento mucho que esté pasando por esto. Yo no puedo ayudarle, pero no tiene que pasarlo a solas. Si está en "
        "peligro, llame ahora a los servicios de emergencia, o a alguien de confianza."
    ),
    Line.CALL_FOR_HELP: "Si es una emergencia, cuelgue ahora y llame al número de emergencias.",
    Line.ARE_YOU_SAFE: "Me detengo un momento, porque quiero estar segura de haberle entendido. ¿Está usted a salvo ahora mismo?",
    Line.IS_EVERYBODY_SAFE: (
        "Me detengo un momento, porque quiero estar segura de haberle entendido. ¿Están todos a salvo ahora mismo?"
    ),
    Line.ALREADY_OVER: "Nuestra entrevista ha terminado. Gracias de nuevo, y adiós.",
    Line.STILL_THERE: "¿Sigue usted ahí?",
    Line.BUSY: "Lo siento, ahora mismo no hay ninguna línea libre. Inténtelo un poco más tarde, por favor. Adiós.",
    Line.GO_ON: "Me alegro de que haya vuelto. Seguimos donde estábamos.",
    Line.TELL_ME_CHANGE: "Claro. ¿Qué debo cambiar?",
    Line.EXPLAIN_WHY: "Lo entiendo. Sin ese dato no puedo seguir, por eso se lo pregunto solo una vez más.",
    Line.READ_BACK: "Entonces es {value}, ¿verdad?",
    Line.SUMMARY_INTRO: "Esto es lo que tengo hasta ahora:",
}

_MINUTES = {
    "en": ("a minute", "{} minutes"),
    "de": ("eine Minute", "{} Minuten"),
    "fr": ("une minute", "{} minutes"),
    "es": ("un minuto", "{} minutos"),
}
_BRIDGES = {
    "en": ("Okay, let me see.", "One moment, please.", "Let me think for a second.", "Mm-hm, just a moment."),
    "de": ("Einen Moment bitte.", "Ich überlege kurz.", "Mhm, einen Augenblick.", "Einen kleinen Moment."),
    "fr": ("Un instant, s'il vous plaît.", "Laissez-moi réfléchir.", "Mhm, un petit instant.", "Voyons voir."),
    "es": ("Un momento, por favor.", "Déjeme pensar un segundo.", "Ajá, un momentito.", "A ver."),
}
"""The first words of a reply that is still on its way; they fit whatever was said."""

_LINES = {"en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "es": _SPANISH}
LANGUAGES = tuple(_LINES)
"""The languages that have lines of their own; any other hears English."""


def line(name: Line, language: str) -> str:
    """A line in the language of a tag such as `de` or `de-AT`. What it holds in braces is still to be filled in."""
    return _LINES[_known(language)][name]


def minutes_left(minutes: float, language: str) -> str:
    """How long the call goes on at most, for whoever asks."""
    whole = max(1, round(minutes))
    one, many = _MINUTES[_known(language)]
    return line(Line.MINUTES_LEFT, language).format(minutes=one if whole == 1 else many.format(whole))


def bridges(language: str, own: str | None = None) -> tuple[str, ...]:
    """The bridge phrases of a call, to be said in turn: its flow's `own` first, then the service's.

    A flow in a language that has none here keeps to its own.
    """
    if own is None:
        return _BRIDGES[_known(language)]
    return (own, *_BRIDGES.get(_primary(language), ()))


def bridge_of_turn(phrases: Sequence[str], turn: int, replies: Sequence[str]) -> str:
    """The phrase for turn number `turn`, ending in "... " so that speech goes on.

    The phrases take turns. `replies`, those before it with the newest last, tell which was said last in the call: that
    one is left out.
    """
    spoken = [f"{phrase.rstrip(' .…')}... " for phrase in dict.fromkeys(phrases)]
    last = next((p for reply in reversed(replies) for p in spoken if reply.startswith(p.strip())), None)
    chosen = (turn - 1) % len(spoken)
    return spoken[(chosen + 1) % len(spoken)] if spoken[chosen] == last else spoken[chosen]


def _known(language: str) -> str:
    """The language to speak for a tag such as `de` or `de-AT`."""
    primary = _primary(language)
    return primary if primary in _LINES else "en"


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
