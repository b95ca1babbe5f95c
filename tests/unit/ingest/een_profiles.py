"""Profiles in the XML of Enterprise Europe Network, written by hand about fictional companies."""

import re

NAMESPACES = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
POD = "http://www.enterprise-europe-network.ec.europa.eu/schema/pod/pod-profiles-definition/2012/03/21"

PROFILE = f"""<profile {NAMESPACES}>
<reference><type>BR</type><external>BRDE20260901001</external><internal>Z-17</internal></reference>
<datum><submit>2026-09-01T00:00:00</submit><update>2026-09-02T00:00:00</update>
<deadline>2027-04-08T00:00:00</deadline></datum>
<content><title>Maker of wooden toys looks for a painter of puppets</title>
<summary>A small German workshop is looking for painters of puppets.</summary>
<description>The workshop carves puppets &amp; sells them in the north of the country.</description></content>
<keyword><technologies><technology><key>07001</key><label>Wood products</label></technology></technologies>
<markets><market><key>07</key><label>Toys and games</label></market></markets>
<naces><nace><key>C.32.4</key><label>Manufacture of games and toys</label></nace></naces></keyword>
<company><kind>Industry SME</kind><country><key>DE</key><label>Germany</label></country></company>
<cooperation><plusvalue>Thirty years of carving.</plusvalue>
<stagedev><stage>Already on the market</stage></stagedev>
<partner><area>Painting on wood</area>
<sought>Workshops of painters</sought><task>Painting</task></partner></cooperation>
<partnerships><string>Manufacturing agreement</string><string>Subcontracting</string></partnerships>
<eoi><status>true</status></eoi>
</profile>"""


def profile(known_as: str = "BRDE20260901001", /, **texts: str | None) -> str:
    """A profile with the text of some elements replaced, by the element's name; None takes the element out."""
    made = PROFILE.replace("BRDE20260901001", known_as)
    for name, text in texts.items():
        made = re.sub(
            rf"<{name}>.*?</{name}>",
            lambda _, name=name, text=text: "" if text is None else f"<{name}>{text}</{name}>",
            made,
            count=1,
            flags=re.DOTALL,
        )
    return made


def in_country(key: str, label: str, reference: str = "BRDE20260901001") -> str:
    return profile(reference, country=f"<key>{key}</key><label>{label}</label>")


def pod(*profiles: str) -> bytes:
    return f"<pod>{''.join(profiles)}</pod>".encode()
