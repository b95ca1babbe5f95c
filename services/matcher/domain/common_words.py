"""Words that say little: both languages' stop words, and the jargon of programmes and of presenting oneself."""

from services.matcher.domain.stems import cognate_stem, english_stem

_FRENCH_STOP_WORDS = """
    a afin ai ainsi ait alors apres assez au aucun aucune aujourd auquel aura aussi autre autres aux avant
    avec avez avoir avons ayant beaucoup c ca car ce ceci cela celle celles celui certain certaine
    certaines certains ces cet cette ceux chaque chez comme comment d dans de debut deja depuis des dessous
    dessus deux devant devons divers diverses doit doivent donc dont du e elle elles en encore entre es est et
    etaient etait etant etc ete etes eu eux existe faire fait faites faut font grace hors hui ici il ils
    j je jour jusqu jusque l la le les leur leurs lors lorsque lui m ma mais me meme memes mes mettre mieux
    moi moins mon n ne ni nombreuses nombreux non nos notamment notre nous nouveau nouveaux nouvelle nouvelles
    on ont or ou par parce parmi pas pendant peu peut peuvent plus plusieurs plutot pour pourquoi pouvons
    propre propres pu puis puisque qu quand que quel quelle quelles quelque quelques quels qui quoi s sa sans
    se selon sera seront ses si sien son sommes sont sous souhaite souhaitons suis sur t ta tant te tel telle
    telles tels tes ton tous tout toute toutes tres trois trop tu un une vers via voici voir vos votre vous y
    cherche cherchons recherchons voudrions aimerions vouloir veut voulons envie besoin besoins
    propose proposons offre offrons situe situee basee annee annees an ans mois
"""
_ENGLISH_STOP_WORDS = """
    a about above after again all also although am among an and any are as at be because been before being
    below between both but by can cannot could did do does doing done during each either etc few for from
    further had has have having he her here hers him his how however i if in into is it its itself just least
    less made mainly may me might more moreover most must my neither no nor not of off on once one only or
    other others our ours out over own per rather same shall she should since so some such than that the their
    theirs them then there thereby therefore these they this those through thus to too toward towards two
    under until upon us very via was we were what when where whether which while who whom whose why
    will with within without would yet you your yours including http https www eu europa html pdf com
"""

# Present in nearly every call, or in nearly every presentation: kept, for phrases need them, but counted for little.
_ENGLISH_JARGON = """
    project proposal topic action activity outcome expected contribute contribution following result support
    develop development relevant innovative innovation research impact include address solution ensure data
    framework approach european europe union member state country national regional local level horizon
    programme partnership cluster knowledge objective work tool different potential system sector provide
    improve improvement increase enhance promote foster strengthen new effective efficient sustainable
    sustainability need service strategy area policy stakeholder capacity cooperation collaboration
    implementation implement funding funded fund grant call commission applicant consortium beneficiary
    eligible condition annex budget cost example practice best key main specific particular common joint
    various existing current future long term short large small scale high low quality public private social
    economic society societal community organisation entity partner team group company enterprise business
    client customer person people member activity job professional expertise expert experience skill
    management manage plan planning process method methodology measure monitor assessment evaluation analysis
    technology technological technical deployment demonstration pilot validation integrate integration design
    identify establish create creation produce production product use user user-friendly access available
    resource environment environmental challenge opportunity priority benefit need value market competitive
    competitiveness industry industrial international world global cross territory territorial city town
    village place site centre space field domain network platform information document report guideline
    indicator year million euro month time start end general possible necessary appropriate important
    complementary synergy exploit exploitation dissemination communication engage engagement involve
    involvement participate participation association associated mission vision ambition goal aim target
    reduce reduction change transition good better help make take set build building-block understand
    understanding consider deliver delivery operate operation operational infrastructure model study test
    testing training interest type form case part number order line basis term role task step phase stage
    scope purpose context situation issue problem question answer respond response family house home daily
    life live offer range shop open welcome small-size independent artisan craft founded
"""
_FRENCH_JARGON = """
    entreprise societe cabinet groupe equipe client clientele salarie salaries personne personnes habitant
    habitants metier activite territoire commune ville village agglomeration departement region pays projet
    projets developper developpement service services accompagner accompagnement savoir faire specialiste
    specialise specialisee travail travailler creation creee fonde locale local locaux artisan atelier maison
    familiale famille quotidien partenaire partenaires partenariat financement financer subvention aide
    collectivite mairie elu elus bourg centre centres quartier solution solutions gestion produit produits
    outil outils moyen moyens place lieu lieux environ tonne membre membres adherent adherents benevole
    benevoles public publics grand grande petit petite bonne bon ancien ancienne jour semaine chaque client
    fabrication fabrique fabriquons realise realisons vente vend vendons conseil conseils etude etudes bureau
    suivi mise oeuvre cadre domaine secteur experience recherche bien etre base
"""

FRENCH_STOP_WORDS = frozenset(_FRENCH_STOP_WORDS.split())
ENGLISH_STOP_WORDS = frozenset(_ENGLISH_STOP_WORDS.split())
JARGON = frozenset(english_stem(word) for word in _ENGLISH_JARGON.split()) | frozenset(
    cognate_stem(word) for word in _FRENCH_JARGON.split()
)
