"""What ingest says is wrong with feeds and with the network's service, in French."""

import pytest

from services.portal.domain.problems import problem_in_words


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (
            "seabirds.example: what it gives is not a feed: maybe a maintenance page.\n"
            "forests.example: The source answered with status 404.\nAnd 3 more.",
            "seabirds.example : ce qu’il donne n’est pas un flux : peut-être une page d’entretien. "
            "forests.example : La source a répondu par une erreur (statut 404). Et 3 autres.",
        ),
        (
            "127.0.0.1: its XML nests absurdly deep: it is not read.",
            "127.0.0.1 : son XML est dangereux à lire : il n’est pas lu.",
        ),
        (
            "The source's answer is broken XML.\nThe service refuses the user or the password of PASSERELLE_EEN_USER.",
            "La réponse de la source est un XML tronqué ou mal formé. "
            "Le service refuse PASSERELLE_EEN_USER ou son mot de passe.",
        ),
        ("Something new.", "Something new."),
    ],
)
def test_each_line_is_told_in_french_with_its_host(told: str, shown: str) -> None:
    assert problem_in_words(told, "fr") == shown
    assert problem_in_words(told, "en") == told
