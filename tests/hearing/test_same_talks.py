"""The same talk gives the same facts in each language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hearing.bank import QUESTIONS, Row, heard

#: Talks, each the answers to some questions: slot, value, and what is said in English, German, French and Spanish.
TALKS: dict[str, tuple[tuple[str, Any, tuple[str, str, str, str]], ...]] = {
    "a plain one": (
        ("consent", True, ("Yes, that's fine.", "Ja, das ist in Ordnung.", "Oui, d'accord.", "Sí, de acuerdo.")),
        ("age", 34, ("I'm thirty-four.", "Ich bin vierunddreißig.", "J'ai trente-quatre ans.", "Tengo treinta y cuatro años.")),
        ("income", 2500, ("About two thousand five hundred euros a month.", "Ungefähr zweitausendfünfhundert Euro im Monat.", "Environ deux mille cinq cents euros par mois.", "Unos dos mil quinientos euros al mes.")),
        ("rooms", 3, ("Three rooms.", "Drei Zimmer.", "Trois pièces.", "Tres habitaciones.")),
        ("stars", 8, ("I'd say eight.", "Ich würde sagen acht.", "Je dirais huit.", "Yo diría ocho.")),
        ("children", 2, ("Two, a boy and a girl.", "Zwei, einen Jungen und ein Mädchen.", "Deux, un garçon et une fille.", "Dos, un niño y una niña.")),
        ("hours", 7.5, ("Seven and a half hours.", "Siebeneinhalb Stunden.", "Sept heures et demie.", "Siete horas y media.")),
        ("contact", True, ("Yes, of course.", "Ja, natürlich.", "Oui, bien sûr.", "Sí, por supuesto.")),
        ("smoke", False, ("No, I don't smoke.", "Nein, ich rauche nicht.", "Non, je ne fume pas.", "No, no fumo.")),
        ("distance", 12, ("Twelve kilometres.", "Zwölf Kilometer.", "Douze kilomètres.", "Doce kilómetros.")),
    ),
    "one of short words": (
        ("consent", False, ("No.", "Nein.", "Non.", "No.")),
        ("age", 71, ("Seventy one", "Einundsiebzig", "Soixante et onze", "Setenta y uno")),
        ("income", 1500, ("Fifteen hundred", "Fünfzehnhundert", "Quinze cents", "Mil quinientos")),
        ("rooms", 2.5, ("Two and a half", "Zweieinhalb", "Deux et demi", "Dos y medio")),
        ("stars", 10, ("Ten.", "Zehn.", "Dix.", "Diez.")),
        ("children", 0, ("None.", "Keine.", "Aucun.", "Ninguno.")),
        ("hours", 6, ("Six", "Sechs", "Six", "Seis")),
        ("contact", False, ("Rather not.", "Lieber nicht.", "Plutôt pas.", "Mejor no.")),
        ("smoke", True, ("Yes", "Ja", "Oui", "Sí")),
        ("distance", 0.5, ("Half a kilometre", "Einen halben Kilometer", "Un demi kilomètre", "Medio kilómetro")),
    ),
    "one of second thoughts and traps": (
        ("consent", None, ("Who is this?", "Wer ist da?", "Qui est-ce ?", "¿Quién es?")),
        ("age", 34, ("Thirty-three, no, wait, thirty-four.", "Dreiunddreißig, nein, warte, vierunddreißig.", "Trente-trois, non, attendez, trente-quatre.", "Treinta y tres, no, perdón, treinta y cuatro.")),
        ("income", None, ("Between two and three thousand.", "Zwischen zwei- und dreitausend.", "Entre deux et trois mille.", "Entre dos mil y tres mil.")),
        ("income", None, ("Thirty thousand a year.", "Dreißigtausend im Jahr.", "Trente mille par an.", "Treinta mil al año.")),
        ("rooms", None, ("Three or four.", "Drei oder vier.", "Trois ou quatre.", "Tres o cuatro.")),
        ("stars", None, ("Not a ten.", "Keine Zehn.", "Pas un dix.", "Un diez no.")),
        ("children", None, ("My sister has two.", "Meine Schwester hat zwei.", "Ma sœur en a deux.", "Mi hermana tiene dos.")),
        ("hours", None, ("Less than six.", "Weniger als sechs.", "Moins de six.", "Menos de seis.")),
        ("smoke", None, ("Only when I drink.", "Nur wenn ich trinke.", "Seulement quand je bois.", "Solo cuando bebo.")),
        ("distance", None, ("Ten miles.", "Zehn Meilen.", "Dix miles.", "Diez millas.")),
        ("age", None, ("I finished school at sixteen.", "Mit sechzehn war ich mit der Schule fertig.", "J'ai fini l'école à seize ans.", "Terminé la escuela a los dieciséis.")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TALKS)
@pytest.mark.parametrize("language", QUESTIONS)
def test_the_same_talk_gives_the_same_facts(name: str, language: str) -> None:
    place = list(QUESTIONS).index(language)
    facts = [(slot, heard(Row(language, slot, frozenset(), said[place]))) for slot, _, said in TALKS[name]]

    assert facts == [(slot, value) for slot, value, _ in TALKS[name]]
