"""Announcements of machines that answer a call in a person's place: mailboxes, queues, menus, unreachable numbers.

Looked for in every language there is, for a mailbox speaks its owner's. A phrase counts wherever it stands, since names
and numbers are around it; so they are only those that a person who answers the phone does not say.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from webhook.interview.reading.line import any_of, compiled, line, tokens_of

if TYPE_CHECKING:
    import re

_LONGEST = 120
"""Tokens of an announcement."""
_PHRASES = (
    "after the (?:tone|beep|signal)|at the (?:tone|beep)|voice ?mail(?:box)? (?:of|for|service|system)|(?:reached|forwarded to) (?:the |an? )?(?:automated )?(?:voice|voice ?mail|mailbox|answering)|answering machine of|(?:the )?mailbox (?:is full|of|for)|(?<!you )leave (?:a|your) (?:brief |short |detailed )?(?:message|name and)"
    "|record your message|(?:person|party|number|customer|subscriber) you (?:are|have|re|ve) (?:calling|called|dial+ed|reached|trying to reach)|can ?not be reached|(?:currently|presently) (?:unavailable|not available)|(?:unavailable|not available|unable) to (?:take|answer) your call"
    "|your call is (?:very )?important to us|all (?:of )?(?:our|the) (?:agents|lines|operators|representatives|advisors|advisers|staff)(?: members)? are|you are (?:now )?(?:number|caller) \\w+ in (?:the|our) (?:queue|line)|next available (?:agent|operator|representative|advisor|adviser)"
    "|(?:for|to) .{1,60}?(?:press|dial) (?:one|two|three|four|five|zero|[0-9]|star|the)|press (?:one|[0-9]) (?:for|to)|please (?:hold|stay on|remain on)(?: on)? (?:the line )?(?:while (?:we|your)|for the next|and (?:your|one of|we))"
    "|(?:to leave|to re ?record)(?: a| your)? message"
    "|nach dem (?:signal ?ton|signal|piep(?:s ?ton|ton)?|ton)|hinterlassen sie|(?:ihre|eine) nachricht (?:auf|nach|hinterlassen)|mailbox (?:von|des|der)|anruf ?beantworter (?:von|der|des)|sprachbox (?:von|des|der)|(?:der|die) (?:von ihnen )?(?:angerufene|gewünschte|gewählte) (?:teilnehmer(?:in)?|gesprächspartner(?:in)?|person|rufnummer|nummer|anschluss)|the person you have called"
    "|(?:derzeit|vorübergehend) nicht (?:erreichbar|zu erreichen)|rufnummer (?:ist )?nicht vergeben|kein anschluss unter|alle (?:unsere |unserer )?(?:mitarbeiter(?:innen)?|leitungen|plätze|kundenberater|berater)(?: und mitarbeiter(?:innen)?)? (?:sind|befinden)|ihr anruf ist uns|nächste(?:n|r)? freie(?:n|r)? (?:mitarbeiter|berater|platz|leitung)"
    "|(?:drücken|wählen|sagen) sie (?:bitte )?(?:die (?:taste )?)?(?:eins|zwei|drei|null|[0-9]|raute|stern)|haben sie (?:bitte )?(?:noch )?(?:einen moment|einen augenblick|etwas) geduld|sie werden (?:gleich|in kürze|sofort) verbunden|bleiben sie (?:bitte )?in der leitung"
    "|après (?:le|ce) (?:bip|signal|ton)(?: sonore)?|laissez (?:moi |nous )?(?:un|votre|vos) (?:message|coordonnées|nom)|laisser (?:un|votre) message|(?:êtes|bien) sur (?:la|ma|le) (?:messagerie|boîte vocale|répondeur)|messagerie (?:vocale )?d[eu]|répondeur (?:de|du)|votre correspondant|(?:le numéro|la personne) que vous (?:avez|appelez|demandez|cherchez)|n'est pas attribué|pas en mesure de (?:prendre|répondre)|tous nos (?:conseillers|opérateurs|agents|correspondants)|votre appel (?:est (?:très )?important|va être)|veuillez (?:rester en ligne|rappeler)"
    "|(?:appuyez sur|tapez|faites le) (?:la touche )?(?:un|deux|trois|zéro|étoile|dièse|[0-9])"
    "|después de(?:l)? (?:la señal|el tono|tono|oír la señal|bip)|tras (?:la señal|el tono)|al oír la señal|deje (?:su|un|el|tu) (?:mensaje|nombre)|dejar (?:un|su) mensaje|buzón de voz de|contestador(?: automático)? de|(?:el|la) (?:número|abonado|persona|usuario|cliente|teléfono) (?:que|al que) (?:ha|usted|está|marcó|llama)|no está operativo|apagado o fuera de cobertura|todos nuestros (?:agentes|operadores|asesores|ejecutivos)|su llamada es (?:muy )?importante|(?:pulse|marque|presione|oprima) (?:la tecla )?(?:el )?(?:uno|dos|tres|cero|[0-9]|asterisco|almohadilla|numeral)|permanezca (?:en (?:la )?línea|a la espera)"
)


def is_announcement(text: str) -> bool:
    """Whether a text holds what only a machine that answers calls says."""
    said = line(token for token in tokens_of(text, longest=_LONGEST) if token.isalnum())
    return bool(said) and _pattern().search(said) is not None


@cache
def _pattern() -> re.Pattern[str]:
    return compiled(rf"(?:^|(?<= )){any_of(_PHRASES)}")
