"""The ward: a debrief that is closed, with its summary kept in the team."""

# fmt: off
# Long sentences in short calls: laid out by hand, one card to a paragraph.

from apps.demo.shapes import Card, Change, Debrief, Entry, Factor, Question, Step, Strength

BREAKFAST = Debrief(
    key="breakfast", team="ward", phase="learned", anonymity="choice", opened=-98, created_by="grace",
    facilitator="ingrid", started=(-99, "07:10"), ended=(-99, "08:00"),
    title="Breakfast reached two patients who were fasting",
    expected="Two empty places on the trolley, and two operations in the morning.",
    happened="At 07:10 the trolley began in bay C instead of bay A. Two patients who were fasting got tea and toast. "
             "One asked, the other ate. At 08:00 both operations were moved to the afternoon.",
    impact="Two operations six hours late. Both went well. One patient was very worried in the meantime.",
    tags=("fasting", "kitchen", "handover"), opening_by="grace",
    opening="The order of the bays was changed on my word, in the corridor, in passing. I got this wrong, and here is "
            "what I have learned: a word in passing reaches whoever happens to pass.",
    began={"prepare": -98, "recognize": -95, "rationalize": -95, "realign": -93, "follow_through": -93, "learned": -33},
    perspectives_due=(-96, "18:00"), meeting=(-95, "14:00"), follow_up=(-35, "14:00"), soak_until=-93,
    ready=("grace", "noor", "ingrid", "kwame", "lucia", "jun"),
    cards=(
        Card("went_wrong", "kwame", "The board with the fasting names hangs beside bay A. Whoever starts in bay C "
             "passes it last.", "The board by the door"),
        Card("went_wrong", "", "I gave her the toast. She smiled, and I was glad that she had an appetite.",
             "A friendly tray"),
        Card("went_wrong", "lucia", "The kitchen prints the trays at five. Who is fasting is decided at six.",
             "Five o'clock and six o'clock"),
        Card("went_wrong", "", "I knew about the new order of the bays and thought that the kitchen knew it too.",
             "A word in passing"),
        Card("went_wrong", "jun", "A patient is the last check, and we had not told them that they are one.",
             "A friendly tray"),
        Card("went_right", "noor", "He asked “may I have this?” because Marek had told him the evening before that he "
             "may always ask.", "He asked"),
        Card("went_right", "", "Nobody let me be alone with it. Ingrid took my round, and Lucia made tea.",
             "We looked after each other"),
        Card("went_right", "ingrid", "Theatre swapped the order within ten minutes and thanked us for ringing so "
                                     "early.",
             "Rung at once"),
        Card("went_right", "kwame", "Both families heard it from us, in the same hour, with the "
                                    "reason.", "Rung at once"),
        Card("went_right", "marek", "The woman from the kitchen came up herself to see the board. She was the first in "
             "years.", "She came upstairs"),
    ),
    late_cards=(
        Card("went_right", "grace", "No voice was raised that morning, and I include my "
                                    "own.", "We looked after each other"),
    ),
    timeline=(
        Entry((-113, "10:00"), "The order of the bays changes, so that bay C need not wait so long.", "Grace"),
        Entry((-99, "05:00"), "The kitchen prints the cards for the trays.", "Kitchen"),
        Entry((-99, "06:05"), "Two names go onto the board for fasting.", "Night shift"),
        Entry((-99, "07:10"), "The trolley begins in bay C.", "Ward book", is_event=True,
              beside=(("We began in A, as ever, and were called over to C.", "Kitchen helper"),)),
        Entry((-99, "07:25"), "A patient asks whether he may eat this.", "Noor"),
        Entry((-99, "07:31"), "Theatre is rung.", "Telephone list"),
        Entry((-99, "08:00"), "Both operations are moved to the afternoon.", "Theatre list"),
    ),
    themes=("The board by the door", "A friendly tray", "Five o'clock and six o'clock", "A word in passing", "He asked",
            "Rung at once", "She came upstairs", "We looked after each other"),
    voting="closed",
    votes={
        "noor": ("He asked", "Five o'clock and six o'clock", "The board by the door"),
        "ingrid": ("The board by the door", "Rung at once", "He asked"),
        "kwame": ("The board by the door", "A word in passing", "He asked"),
        "lucia": ("Five o'clock and six o'clock", "Five o'clock and six o'clock", "A word in passing"),
        "jun": ("A friendly tray", "Five o'clock and six o'clock", "The board by the door"),
        "grace": ("A word in passing", "The board by the door", "He asked"),
    },
    factors=(
        Factor("board", "The board by the door", "tactical_misstep", "The board hung on a way that was no longer taken",
               ("The trolley came to the board last.",
                "The bays were turned round to spare bay C the wait, which was a good reason.",
                "Where the board hangs was decided when the ward was painted."),
               assumption="Everybody passes the board first.", calculated_risk=False),
        Factor("tray", "A friendly tray", "unspoken", "It is hard to take away a tray from somebody who is hungry",
               ("The tray was left standing while it was being cleared up.",
                "Nobody wanted to be the one who says no at the bedside."),
               assumption="A tray that stands there has been allowed."),
        Factor("late-list", "Five o'clock and six o'clock", "unforeseeable", "An operation was brought forward in the "
                                                                             "night",
               ("The list came after the trays were printed.",
                "An emergency elsewhere had freed a theatre, as it happens twice a year."),
               assumption="The list of six o'clock is that of the evening.", calculated_risk=True, sound_step=True),
    ),
    strengths=(
        Strength("may-ask", "He asked", "Patients are told that they may always ask",
                 "Marek says it in the evening, sitting down. Someone who has been told so once asks at breakfast.",
                 "dependable", "amplify"),
        Strength("rung", "Rung at once", "Theatre heard of it within the half hour",
                 "The number hangs by the telephone, and nobody was asked who it had been.", "dependable", "keep"),
        Strength("upstairs", "She came upstairs", "The kitchen came to see the board",
                 "She had an hour free that day. With an hour every month it need not be luck.", "luck", "spread"),
    ),
    questions=(
        Question("How late can the kitchen still change a tray?", "lucia", -85,
                 "Until twenty past six, if somebody rings. Nobody had ever asked.", -88),
    ),
    steps=(
        Step("fix", "board", "Hang the names of those who are fasting on the trolley, and take the board down",
             "kwame", "noor", -84, "Four weeks in which no tray reaches somebody who is fasting", -50,
             (Change(-90, "start", "kwame"), Change(-86, "finish", "kwame"),
              Change(-50, "check", "kwame", "Six weeks now, and none.", "worked"),
              Change(-49, "check", "noor", "I looked at it each morning that I was here.", "worked"))),
        Step("fix", "late-list", "Ring the kitchen at six with the names that are new",
             "lucia", "jun", -82, "On ten mornings the trays fit the list of six o'clock", -50,
             (Change(-83, "finish", "lucia"),
              Change(-50, "check", "lucia", "Nine of ten; on one the night was too full.", "partly"),
              Change(-50, "check", "jun", "On calm mornings it works.", "partly"))),
        Step("fix", "tray", "Agree on one sentence for taking a tray away",
             "noor", "ingrid", -80, "Three of us have used it and would again", -60,
             (Change(-81, "finish", "noor"),
              Change(-60, "check", "noor", "“This one came too early, and I bring you a better one.”", "worked"),
              Change(-58, "check", "ingrid", "It works with adults, too.", "worked"))),
        Step("amplify", "may-ask", "Tell every new patient in the first evening that they may always ask, sitting down",
             "marek", "kwame", -70, "Five patients, asked in the morning, remember it", -45,
             (Change(-88, "start", "marek"), Change(-71, "finish", "marek"),
              Change(-45, "check", "marek", "All five, and one of them reminded me of it.", "worked"),
              Change(-44, "check", "kwame", "", "worked"))),
        Step("spread", "upstairs", "Invite the kitchen once a month, and go down once a month",
             "ingrid", "grace", -60, "Both visits have taken place twice", -36,
             (Change(-66, "finish", "ingrid"),
              Change(-36, "check", "ingrid", "Twice up, twice down. There was cake.", "worked"),
              Change(-35, "check", "grace", "I went down, and understood the five o'clock.", "worked"))),
    ),
    lessons=(
        "A notice must hang on the way that people take today, not on the way they took when it was hung.",
        "Someone who is told in the evening that they may ask will ask at breakfast.",
        "Between five and six lies an hour in which two true lists disagree. A call at six makes one of them.",
    ),
    closing="I got this wrong, and here is what I have learned: what I say in passing is a change like any other, and "
            "it deserves two minutes and a pen. Thank you to the one who wrote about the toast. You are the reason "
            "why the names now ride on the trolley.",
    audience="team",
)

WARD_KEPT = (BREAKFAST,)
