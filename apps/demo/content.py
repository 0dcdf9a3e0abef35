"""The demo: one charity, three teams in three walks of life, and a debrief in every phase. All of it is made up."""

from apps.demo.festival import FESTIVAL
from apps.demo.shapes import Debrief, Person, Team
from apps.demo.software import SOFTWARE
from apps.demo.software_kept import SOFTWARE_KEPT
from apps.demo.ward import WARD
from apps.demo.ward_kept import WARD_KEPT

ORGANIZATION = "Linden Trust"
PASSWORD = "realign-demo-2026"  # no secret: `make run` prints it

# (role, e-mail, password): what `make run` prints.
LOGINS: list[tuple[str, str, str]] = [
    ("leader", "mira@example.com", PASSWORD),
    ("member", "daniel@example.com", PASSWORD),
    ("manager", "samuel@example.com", PASSWORD),
]

PEOPLE: tuple[Person, ...] = (
    Person("mira", "Mira Okonjo", "mira@example.com"),
    Person("daniel", "Daniel Reyes", "daniel@example.com", "Europe/Lisbon"),
    Person("hana", "Hana Suzuki", "hana@example.com"),
    Person("lukas", "Lukas Brandt", "lukas@example.com", "Europe/Berlin"),
    Person("aisha", "Aisha Rahman", "aisha@example.com"),
    Person("tomasz", "Tomasz Nowak", "tomasz@example.com", "Europe/Warsaw"),
    Person("priya", "Priya Nair", "priya@example.com", "Asia/Kolkata"),
    Person("grace", "Grace Adebayo", "grace@example.com"),
    Person("noor", "Noor el-Amin", "noor@example.com"),
    Person("ingrid", "Ingrid Solheim", "ingrid@example.com"),
    Person("kwame", "Kwame Mensah", "kwame@example.com"),
    Person("lucia", "Lucia Ferrari", "lucia@example.com"),
    Person("jun", "Jun-seo Park", "jun@example.com"),
    Person("marek", "Marek Dvořák", "marek@example.com"),
    Person("samuel", "Samuel Hartley", "samuel@example.com"),
    Person("oona", "Oona Virtanen", "oona@example.com"),
    Person("diego", "Diego Salazar", "diego@example.com"),
    Person("fatima", "Fatima Zahra Benali", "fatima@example.com"),
    Person("jonas", "Jonas Weber", "jonas@example.com"),
    Person("leilani", "Leilani Kealoha", "leilani@example.com"),
    Person("thabo", "Thabo Dlamini", "thabo@example.com"),
    Person("eleanor", "Eleanor Whitcombe", "eleanor@example.com"),
)

ADMINS: tuple[str, ...] = ("eleanor",)

# Samuel leads the events crew and manages the other two; Mira leads Payments and helps the crew as a volunteer.
TEAMS: tuple[Team, ...] = (
    Team(
        "payments",
        "Payments",
        {
            "mira": "leader",
            "daniel": "member",
            "hana": "member",
            "lukas": "member",
            "aisha": "member",
            "tomasz": "member",
            "priya": "member",
            "samuel": "manager",
        },
    ),
    Team(
        "ward",
        "Ward 4 South",
        {
            "grace": "leader",
            "noor": "member",
            "ingrid": "member",
            "kwame": "member",
            "lucia": "member",
            "jun": "member",
            "marek": "member",
            "samuel": "manager",
        },
    ),
    Team(
        "crew",
        "Riverside Events crew",
        {
            "samuel": "leader",
            "oona": "member",
            "diego": "member",
            "fatima": "member",
            "jonas": "member",
            "leilani": "member",
            "thabo": "member",
            "mira": "member",
            "eleanor": "manager",
        },
    ),
)

DEBRIEFS: tuple[Debrief, ...] = (*SOFTWARE, *SOFTWARE_KEPT, *WARD, *WARD_KEPT, *FESTIVAL)
