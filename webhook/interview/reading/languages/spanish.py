"""Spanish, as code reads it."""

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
    noise="eh+|em+|este|mm+|hm+|ah|oh|pues|bueno|a ver",
    yes=(
        "sí|si|sip|claro|claro que sí|por supuesto|desde luego|efectivamente|exacto|exactamente|correcto|así es|es verdad|es cierto|cierto|seguro"
        "|(?:lamentablemente|desgraciadamente|por desgracia) sí|creo que sí|supongo que sí|pienso que sí|yo sí|totalmente|sin duda|ajá|mhm|ok|okay|vale"
    ),
    yes_tail="por favor|gracias|claro|señora?|señorita|todavía|aún|la verdad|por desgracia|lamentablemente|también|la verdad es que sí",
    no=(
        "no|nop|nunca|jamás|no nunca|para nada|en absoluto|qué va|de ninguna manera|claro que no|por supuesto que no|desde luego que no|la verdad es que no|la verdad que no"
        "|creo que no|no creo|me parece que no|todavía no|aún no|(?:por suerte|afortunadamente|gracias a dios) no|yo no|ya no|ahora no|de momento no|no mucho"
    ),
    no_tail="sigamos|continúe|siga|continuemos|adelante|seguimos|gracias|nunca|jamás|para nada|en absoluto|señora?|señorita|lo siento|la verdad|por suerte|afortunadamente"
    r"|lo dejé(?: hace (?:(?:muchos |unos |\\w+ )?años|(?:mucho )?tiempo))?|nunca más",
    never_said_back="o|no|si|nunca|pero|sin|solo|usted|su|alguna",
    verb=(r"\b(?:usted|tú) (\w+)(?:as?|es?)\b", r"^(\w{3,})(?:as?|es?)\b"),
    verb_yes=r"\1o|sí \1o|yo \1o|por desgracia sí \1o|sí sí \1o|\1o (?:un poco|bastante|mucho)|soy \1ador[a]?",
    verb_no=r"no \1o|yo no \1o|nunca \1o|ya no \1o|no \1o nunca|no \1o nada|no he \1ado nunca|nunca he \1ado|no \1é nunca|no soy \1ador[a]?",
    leave=r"(?:podemos|puedo|podríamos|podría)|(?:está|estás|estaría) (?:usted )?(?:bien|de acuerdo|dispuest[oa])|le parece(?: bien)?|te parece(?: bien)?|acepta|aceptas|quiere|quieres|le va bien",
    permit=(
        "con gusto|con mucho gusto|adelante|pase|no hay problema|sin problema|ningún problema|no hay inconveniente|como quiera|como quieras|cuando quiera|cuando quieras|puede|pueden|de acuerdo"
        "|estoy de acuerdo|está bien|me parece bien|acepto|perfecto|muy bien|empecemos|por qué no|encantad[oa]|no me importa"
        "|(?:me )?pueden? llamar(?:me)?(?: otra vez| de nuevo)?(?: cuando (?:quieran?|lo necesiten?))?|llámenme|llámeme|cuando quieran|no hay ningún problema|claro que pueden?"
    ),
    forbid="no gracias|mejor no|preferiría (?:que )?no|prefiero (?:que )?no|no quiero|no me interesa|no estoy de acuerdo|no acepto|por favor no|no me (?:llamen?|vuelvan? a llamar)(?: más| otra vez)?|nunca más",
    mind="(?:le|te) (?:importa|importaría|molesta|molestaría)|tiene (?:usted )?(?:algún|algun) inconveniente|tiene (?:alguna )?objeción",
    change=(
        "algo|alguna cosa|nada|he|hay|me he",
        "cambiar|añadir|agregar|corregir|modificar|mal|falta|equivocado|olvidado|diferente|incorrecto",
    ),
    right="(?:entendido|entendí|comprendido|anotado) bien|bien entendido|(?:es|está) (?:eso )?(?:correcto|bien|cierto)|verdad|no es así|es así",
    content=(
        "(?:está |es |eso es |todo está |todo )?(?:bien|correcto|perfecto|en orden|exacto)|todo (?:está )?(?:bien|correcto|perfecto)|así está bien|así es|eso es|perfecto"
        "|nada que (?:añadir|agregar|cambiar|corregir)|no tengo nada que (?:añadir|agregar|cambiar)|no falta nada|sin cambios|está todo(?: bien)?"
    ),
    nothing_more="nada(?: más| de nada)?|eso es todo|es todo|ya está|no se me ocurre nada|que yo sepa no|creo que no|no creo|vale|de acuerdo",
    discontent=(
        "no es (?:correcto|cierto|verdad|así)|no está bien|está mal|incorrecto|mal|un error|equivocad[oa]|se equivoca|falta|quiero (?:cambiar|corregir|añadir|agregar)"
        "|quisiera (?:cambiar|corregir|añadir|agregar)|me gustaría (?:cambiar|corregir|añadir|agregar)|no he dicho|no dije"
    ),
    plain_yes="sí|si|claro|claro que sí|por supuesto|desde luego|sí claro",
    polite="por favor|gracias|señorita|señora|señor",
    agree=(
        "de acuerdo|estoy (?:totalmente |completamente )?de acuerdo|ok|okay|vale|está bien|me parece (?:bien|perfecto|muy bien)|(?:por mí |para mí )(?:está bien|vale|bien|perfecto)|adelante|acepto|doy mi consentimiento|consiento"
        "|(?:no hay|sin|no hay ningún|ningún) problema|no hay (?:ningún )?inconveniente|sin inconveniente|no tengo inconveniente|con (?:mucho )?gusto|encantad[oa]|perfecto|muy bien|empecemos|empiece|empecemos ya|podemos empezar|puede empezar"
        "|por qué no|no me (?:importa|molesta)|sin duda|dale|venga|estoy list[oa]|cuando quiera|cómo no"
        "|no tengo ningún inconveniente|puede empezar cuando quiera|(?:a mí )?no me molesta(?: para nada| en absoluto)?"
    ),
    agree_tail="por mí|para mí|conmigo|con eso|con ello",
    disagree=(
        "no (?:quiero|acepto|me interesa|estoy de acuerdo|deseo)(?: participar| que me graben)?|prefiero (?:que )?no|preferiría (?:que )?no|mejor no|me niego|no estoy interesad[oa]|no me parece bien"
        "|de ninguna manera|ni hablar|no doy mi consentimiento"
    ),
)

DOUBTS = Doubts(
    denials="no|nunca|jamás|nada|nadie|ningún|ningun[oa]|ni|sin|tampoco|niego|rechazo|contra|olvídelo|olvídalo|ni hablar|de ninguna manera",
    harmless=(
        "no hay (?:ningún )?(?:problema|inconveniente)|ningún (?:problema|inconveniente)|sin (?:problemas?|inconveniente|duda)|por qué no|no me (?:importa|molesta)|no tengo inconveniente"
        "|si (?:quiere|quieres|usted quiere|le parece)|cómo no|no se preocupe"
    ),
    reservations=(
        "pero|si (?:no|es|me|se|eso|puedo|luego)|siempre que|siempre y cuando|con tal|condición|excepto|salvo|solo|sólo|solamente|únicamente|aunque|sin embargo|depende|a lo mejor|quizás?|tal vez"
        "|puede que|probablemente|luego|más tarde|mañana|otro día|en otro momento|espere|espera|un momento|un segundo|un minuto|primero|prefiero|preferiría|dudas?|no sé|miedo|preocupa"
        "|borre|borren|borrar|apague|apaguen|corte|pare|deje de|persona|humano|alguien real|prisa|ocupad[oa]|conduciendo|manejando|y usted|y tú|de qué|para qué|qué pasa"
    ),
    picks_up="diga|dígame|bueno|hola|aló|buenos días|buenas tardes|buenas|soy yo|al habla|él habla|ella habla|estoy bien|le escucho",
    asking=(
        "qué|quién|quiénes|cuál|cuáles|dónde|cuándo|por qué(?! no)|cómo(?! no)|cuánto|cuántos|quien es|que es|es (?:esto|usted|un|una)|puedo (?:saber|preguntar)|me puede|me podría|de parte de quién"
    ),
    fillers="eh+|em+|este|mm+|hm+|ah|oh|pues|sí|si|no|hola|y|pero|perdón|perdone|disculpe|ok|vale|bueno|diga",
)

CHOOSING = Choosing(
    code="es",
    forms=romance,
    noise=ASSENT.noise,
    around=(
        "yo|nosotros|es|son|era|soy|estoy|tengo|tenemos|mi|mis|nuestr[oa]s?|el|la|los|las|lo|un|una|unos|unas|de|del|en|a|al|con|por|para|principalmente|sobre todo|normalmente|generalmente|por lo general|casi siempre|siempre"
        "|más bien|solo|sólo|solamente|actualmente|ahora|ahora mismo|de momento|diría|yo diría|creo|creo que|pienso que|sí|gracias|por favor|vivo|vivimos|voy|uso|tomo|hago|también|la verdad|más|que"
    ),
    never_echoed="o|no|sin|nunca|otro|otra|si",
    denies="no|nunca|jamás|ni",
    denies_next="sin|ningún|ninguna",
    and_="y|e",
    or_="o|u|quizás?",
    partly="a veces|de vez en cuando",
    but="pero|sino|porque",
    idioms="por otro lado|por otra parte|entre otras|antes",
    i="yo|nosotros|soy|somos|vivo|vivimos|estoy",
    none="ningun[oa](?: de (?:ell[oa]s|es[oa]s))?|nada|no|ni uno ni otro",
    nth=(
        "(?:el |la |lo )?primer[oa]?",
        "(?:el |la |lo )?segund[oa]",
        "(?:el |la |lo )?tercer[oa]?",
        "(?:el |la |lo )?cuart[oa]",
    ),
    last="(?:el |la |lo )?últim[oa]",
)

TELLING = Telling(
    noise=f"{ASSENT.noise}|ok|vale|hola|diga|mire|por favor",
    yes=ASSENT.yes,
    no=ASSENT.no,
    wh="qué|cuál|cuáles|quién|dónde|cuándo|por qué|cómo|cuánto|cuántos",
    if_any="algo|alguna cosa",
    nothing="nada(?: en especial| de nada| en particular)?|nunca|nadie|en ningún sitio|en ninguna parte|la verdad es que nada|ninguna razón",
    no_answer="ya (?:se )?lo (?:he dicho|dije)|ya te lo (?:he dicho|dije)|lo mismo que antes|igual que antes|como (?:ya )?dije|quiero cambiar mi respuesta|vete a la mierda|déjeme en paz|cállese|llámeme (?:más tarde|mañana|luego)|da igual|me da igual|hola|gracias|buena pregunta|perdón",
    name_lead="me llamo|mi nombre es|soy|llámeme|llámame|puede llamarme|me dicen|me llaman|es|simplemente|diga|aquí",
    name_tail="por favor|gracias|encantad[oa]|mucho gusto|nada más|a secas|con \\w",
    no_name="mal|incorrecto|correcto|equivocado|error|yo|usted|tú|ya|he|dicho|dije|igual|da|no|sí|qué|quién|por|cómo|es|y|o|en|vivo|(?:señora?|doctora?)(?= $)|bien|todo|paga|robot|pregunta",
    place_lead="(?:vivo|vivimos|resido|estoy)(?: en| cerca de| por)?|soy de|en|es|cerca de",
    place_tail="por favor|gracias|ahora|actualmente|de momento",
    item_lead="me (?:gusta|gustan|encanta|encantan)(?: mucho)?|tengo|tenemos|hago|juego al?|pago(?: por)?|uso|hay|también|un poco de|a veces|sobre todo|el|la|los|las|un|una|mi|mis|y|soy alérgic[oa] a(?:l| la| los| las)?",
    joiner="y|e|también|además|así como",
    denied="(?:pero )?(?:no|nunca|sin|menos|excepto|no me gusta|odio)",
    denies="no|nunca|jamás|sin|ni|odio|excepto|antes",
    none="ningun[oa]|ningún|nada|cero|no tengo(?: ningun[oa])?|que yo sepa no|no tengo nada|a nada",
    closer="eso es todo|nada más|y ya está|ya está|y ya|etcétera|y cosas así|cosas así|creo",
    costs="por|a|que cuesta|cuesta|cuestan|son|es|unos|unas|pago|cada uno|más o menos|aproximadamente",
    per="al mes|por mes|mensuales|cada mes|al año",
    loose="unos euros|unos pocos euros",
)

DICTATING = Dictating(
    code="es",
    zero="cero",
    double="doble",
    triple="triple",
    plus="más|mas",
    lead=(
        "eh|pues|sí|bueno|es(?: el)?|mi (?:número|teléfono|móvil)(?: es(?: el)?)?|el número(?: es(?: el)?)?"
        "|se escribe|se deletrea|lo deletreo|con|gracias|el"
    ),
)

NUMBERS = Numbers(
    code="es",
    decimal=",",
    point=frozenset({"coma", "punto"}),
    spaced=True,
    joins=frozenset({"y"}),
    not_alone=frozenset({"un", "una", "unos", "unas", "miles", "cientos", "millones"}),
    spellings=named(
        r"(?<!una )\bhora y media\b: una hora y media; \bdiez y (?=seis|siete|ocho|nueve): dieci; "
        r"\bveint(?:e y |i)(?:un|ún|una|uno)\b: veintiuno; \bveinti(?:dos|dós)\b: veintidós; "
        r"\bveinti(?:tres|trés)\b: veintitrés; \bveinti(?:seis|séis)\b: veintiséis"
    ),
    fractions=named("0.5: y medio|y media|1 / 2|½; 0.25: y cuarto; 0.75: y tres cuartos"),
    noise="e+h+|e+h*m+|h+m+|m+|ah|oh|ay|pues|bueno",
    lead="son|es|tiene|está a|a|sería|serían|tengo|tenemos|hay|(?:yo )?diría|(?:yo )?creo(?: que)?|pienso que"
    "|me parece que|solo|sólo|solamente|exactamente|precisamente|en total|ahora|ahora mismo|actualmente|de momento|sí"
    "|si|claro|vale|ok|okay|yo|este|esto|(?:la|mi) respuesta es|a ver|déjeme (?:ver|pensar)|déjame (?:ver|pensar)"
    "|buena pregunta|para mí|en mi caso|mire|mira|la verdad"
    r"|(?:mi|la|nuestra|este) (?:casa|piso|vivienda) tiene|(?:yo )?diría que|me quedan|calculo que|serán|uy|solo|un(?= \\d)|por desgracia"
    "|claramente|sin duda|definitivamente",
    tail="gracias|por favor|creo|creo yo|diría|diría yo|yo diría|en total|exactamente|ahora|ahora mismo|actualmente"
    "|de momento|por ahora|por el momento|hasta ahora|sí|solo|sólo|solamente|nada más|nomás|para mí|en mi caso"
    "|eso es todo|la verdad|de (?:aquí|casa|distancia)|señor|señora|señorita",
    about="unos|unas|como|m[áa]s o menos|alrededor de|aproximadamente|quizás?|tal vez|a lo mejor|probablemente|digamos",
    after_about="m[áa]s o menos|aproximadamente|o así|o por ahí|por ahí|quizás?|tal vez",
    usual="somos|normalmente|generalmente|por lo general|en general|de media|en promedio|habitualmente|casi siempre",
    mark="una?|un (?:buen|sólido|gran)|(?:yo )?le (?:doy|daría|pongo|pondría)|(?:una )?nota de|(?:yo )?les? (?:doy|daría|pongo|pondría|voy a dar|voy a poner)(?: una?)?",
    words=named(
        "no: no; earn: (?:yo )?(?:gano|cobro|gasto|pago|recibo); points: estrellas?|puntos?; "
        "and: y; since: desde hace|hace|durante; but: sino; minus: menos|-; out of: de|sobre|/; months: mes(?:es)?; change: céntimos?|centavos?; "
        "thousand: k; net: netos?|después de impuestos|limpios?|en mano; gross: brutos?|antes de impuestos; "
        "dozen: docenas?; times: ve(?:z|ces)"
    ),
    from_to="(?:en una escala )?del? {low} al? {high}",
    age_lead="ya|ya tengo|mi edad es|edad|cumplí|acabo de cumplir|he cumplido",
    years="años?(?: de edad| cumplidos)?",
    year_lead="en|en el|en el año|el año|año|desde|desde el|(?:nací|nacid[oa]) en(?: el)?|fue en(?: el)?",
    currency=r"euros?|eur|€|pesos?|d[óo]lar(?:es)?|\$|libras?|£|soles",
    periods=named(
        "hour: la hora|por hora|a la hora; day: al día|por día|cada día|diari[oa]s?|todos los días; "
        "night: por noche|la noche|cada noche|todas las noches; "
        "week: a la semana|por semana|cada semana|semanal(?:es)?|todas las semanas; "
        "month: al mes|por mes|cada mes|mensual(?:es)?|todos los meses; "
        "year: al año|por año|cada año|anual(?:es)?|todos los años; trip: por viaje"
    ),
    units=named(
        "hours: horas?|hrs?|h; minutes: minutos?|min; kilometres: kil[óo]metros?|kms?; miles: millas?; "
        "metres: metros?; kilos: kilos?|kilogramos?|kg; percent: por (?:100|ciento)|%; years: años?; "
        "months: mes(?:es)?; weeks: semanas?; days: d[íi]as?; children: hij[oa]s?|niñ[oa]s?; "
        "rooms: habitaci(?:ón|on|ones)|cuartos?; people: personas?|gente"
    ),
    parts=named("children: niños?|niñas?|chicos?|chicas?|varón|varones"),
    one="una?|un solo|una sola",
    one_alone="una|un solo|una sola",
    half_of="(?:una? )?medi[oa]",
    zero="ningun[oa]|ningún|no tengo|no tengo ningun[oa]|no hay|no hay ningun[oa]|ni (?:un[oa]|1)(?: sol[oa])?",
    nothing="nada|nada de nada|ni (?:un|1) (?:euro|peso|céntimo|centavo)",
    never="nunca|jamás|nunca jamás|ni (?:una|1) (?:sola )?vez|ninguna vez|para nada|en absoluto",
    no="no|ningún|ninguna|no tengo|no tengo ningún|no tengo ninguna|no hay|ni 1",
    correction="(?:no )?(?:perdón|perdona|perdone|digo|quiero decir|quise decir|mejor dicho|espera|espere|corrijo|miento|más bien)"
    "|(?:no )?(?:disculpe|disculpa|me equivoqué)|no no",
    but_not=r"no(?= \d+ (?:\w+ )?sino )|no (?:tengo|son)(?= \d+ (?:\w+ )?sino )",
    asks=named(
        "age: qué edad|cuántos años tienes?|(?:su|tu) edad; year: qué año|año de nacimiento|cuándo nació; "
        "scale: escala|punt[úu]e|puntuación|nota|cuántas estrellas|del? (?:cero|uno|0|1) al?|entre (?:cero|uno|0|1) y; "
        "times: cuántas veces|con qué frecuencia|número de veces; count: cuánt[oa]s|número de; roughly: más o menos|aproximadamente"
    ),
    asked_noun=r"\bcuánt[oa]s? (\w+)",
    said_back=named(r"(\w{3,})[ae]s?: \1o; tieno: tengo; su|tu: mi"),
    not_said_back="o|no|ni|nunca|nada|ningún|ninguna|más|mas|menos|que|de|hasta|entre|sobre|bajo|casi|antes|después"
    "|otro|otra|medio|media|cuarto|dos|gracias|favor|sí|si|vale|cuánt[oa]s?|cuándo|cómo|qué|cuál|puede|podría|quiere"
    "|idea",
    said_together="para|desde|pasad[oa]s?|últim[oa]s?|próxim[oa]s?|est[ea]|cada|tiene|tienes|usted|hasta|con",
)

REMARKS = Remarks(
    begin=(
        "es|son|es que|la verdad es que|voy|vivo|trabajo|ya son|ya es|están?|viven|y es|y son|y están|porque"
        "|me levanto|me acuesto|me gusta|me han|me encanta"
    ),
    never=(
        r"no|nunca|jamás|ni|nada|nadie|ningun\w*|ningún|si|pero|aunque|o|sino|salvo|sin|más|menos|casi|antes"
        "|después|desde|hasta|cuando|a veces|creo|supongo|digo|dije|diría|gustaría|podría|debería|sería|espero"
        r"|quiero|quería|era|eran|estaba|tenía|fue|será|tendré|voy a|próxim\w*|últim\w*|pasad[oa]s?|por|brutos?"
        "|netos?|impuestos?|marido|mujer|esposa|novi[oa]|pareja|madre|padre|herman[oa]|juntos|ambos|entre"
        r"|contando|cuento|cuenta|broma|miento|mentira|mal|error|equivo\w*|perdón|perdone|mejor dicho|espere"
        "|minutos|horas|euros|kilómetros|semanas?|mes(?:es)?|años?|medi[oa]|doble|con|tampoco|también|usted|su"
        r"|importa|molesta|pare|ayuda|unos|unas|solo|sólo|incluy\w*"
        "|dej[éa]\\w*|empe\\w*|de vez en cuando"
    ),
)

WISHES = Wishes(
    fillers=(
        "eh+|em+|este|mm+|hm+|ah|oh|pues|bueno|por favor|ahora|ahora mismo|lo siento|perdón|perdone|disculpe|no|sí|gracias|muchas gracias|hola|ok|vale|de acuerdo|y|pero|entonces|ya|aquí|la verdad|sinceramente|mire|oiga|es que|un poco|señora?|por hoy|creo que|solo|sólo"
    ),
    stop=(
        "para|pare|paren|stop|alto|basta|ya basta|es suficiente|suficiente|adiós|hasta luego|chao|cuelgue|voy a colgar|cuelgo|dejémoslo(?: aquí| así)?|lo dejamos(?: aquí| ahí)?|(?:quiero|quisiera|prefiero|me gustaría|necesito) (?:parar|terminar|acabar|colgar|dejarlo|cortar|finalizar)(?: aquí| ya| la llamada| la entrevista| ahora)*"
        "|(?:podemos|puede|podríamos) (?:parar|terminar|acabar|dejarlo|cortar)(?: aquí| ya| la llamada| la entrevista)*|no quiero (?:seguir|continuar|hablar|contestar|responder)(?: más| más preguntas)?|no más(?: preguntas)?|déjeme en paz|termine la llamada|hasta aquí|ya está bien|he terminado|me canso"
    ),
    leave="(?:me tengo que|tengo que|debo|me debo|necesito) (?:ir|irme|colgar|dejarle|dejarla|salir)|me voy|me tengo que ir|no tengo (?:más )?tiempo(?: para esto)?|no me queda tiempo|no tengo ya tiempo",
    repeat=(
        "(?:puede|podría|puedes|podrías|me puede|me podría|me lo puede)? ?(?:repetir(?:lo|me)?|repita|repite|decirlo otra vez|decir de nuevo)(?: la pregunta| eso| lo| otra vez)*|cómo|cómo dice|cómo ha dicho|qué|mande|perdone|qué (?:ha dicho|dice|dijo)|no (?:le |la |lo |te )?(?:he )?(?:entendido|entendí|oído|oí|oigo|escucho|escuché|entiendo)(?: bien| nada| la pregunta)*|cuál (?:era|es) la pregunta|otra vez|una vez más|de nuevo"
        "|más (?:alto|despacio|lento)|(?:puede|podría) hablar más (?:alto|despacio|lento)|qué quiere decir|qué significa(?: eso)?"
    ),
    pardon="perdón|perdone|disculpe|cómo|qué|mande|diga",
    wait=(
        "(?:(?:espere|espera|deme|dame|solo|sólo|un momento) )?(?:un|una) (?:momento|momentito|segundo|segundito|minuto|instante)|espere|espera|aguarde|(?:déjeme|déjame|tengo que|voy a|necesito) (?:pensar(?:lo)?|ver|mirar|comprobar|consultar)(?: un (?:momento|poco|segundo))?|a ver|no cuelgue|ahora vuelvo|vuelvo enseguida|enseguida vuelvo|estoy pensando"
    ),
    wait_while="(?:espere|espera|un momento|un segundo|no cuelgue|un minuto) (?:que|llaman|hay|tengo que|mi|la puerta|el teléfono|voy a)",
    refuse=(
        "sin comentarios|(?:podemos |puedo )?(?:pasar|saltar|saltamos|pasamos|paso)(?: a la siguiente| de esta| esta pregunta| la pregunta| esa| esta)?|(?:la )?siguiente(?: pregunta)?|paso(?: palabra)?|no es asunto suyo|eso no le importa|eso es (?:privado|personal|muy personal|confidencial)|es (?:privado|personal|confidencial|demasiado personal)|prefiero (?:que )?no|preferiría (?:que )?no|me niego"
    ),
    refuse_to="(?:prefiero|preferiría) no (?:decir(?:lo)?|contestar(?:lo)?|responder|hablar de eso|comentar(?:lo)?)|no (?:quiero|deseo|voy a) (?:decir(?:lo)?|contestar|responder|hablar de eso|comentarlo|decírselo)|mejor no (?:digo nada|contesto|respondo|lo digo)",
    refuse_about="no (?:quiero|deseo|voy a) hablar de|prefiero no hablar de|preferiría no hablar de",
    unknown=(
        "no (?:lo )?sé(?: decirle| decir| exactamente| muy bien| la verdad)*|ni idea|no tengo (?:ni )?(?:la menor |la más mínima )?idea|no (?:me |lo )?(?:recuerdo|acuerdo)(?: bien| ahora)*|no estoy (?:muy |del todo )?segur[oa]|no sabría (?:decirle|decir|qué decirle)|(?:es )?difícil (?:de )?decir|se me ha olvidado|se me olvidó|lo he olvidado|quién sabe|vaya usted a saber|ni la menor idea"
    ),
    change=(
        "(?:(?:quiero|quisiera|me gustaría|puedo|podemos|podríamos|necesito|déjeme) )?"
        "(?:volver|regresar|(?:cambiar|corregir|rectificar|modificar) (?:mi|la|una)(?: última)? respuesta|(?:cambiar|corregir) algo)(?: atrás)?|volvamos|cambio mi respuesta"
    ),
    change_of="a(?: l[ao]s?)?|al|sobre(?: el| l[ao]s?)?",
    asks=(
        "(?:qué|quién|dónde|por qué|cómo|cuándo|cuánto|cuál|cuáles) (?:es|son|está|va|hace|quiere|tiene|pasa|van|me|se|dura|tarda|falta)|para qué|de qué|de parte|(?:es|está) (?:usted|esto|esta llamada|eso) |(?:puedo|podría) (?:hablar|saber|preguntar)|me (?:está|están) grabando|(?:se|me) graba|estoy hablando con|hablo con|es (?:una máquina|un robot|anónimo)|cuánto (?:dura|tiempo|falta|tarda)"
    ),
    asks_with_mark="y (?:usted|tú)|qué|quién|quiénes|cuál|cuáles|dónde|cuándo|por qué|cómo|cuánto|cuántos|es|está|puedo|puede|me|esto|usted|hay",
)
