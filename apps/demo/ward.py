"""The ward: one debrief for which people are writing just now, and one whose steps are being followed up."""

# fmt: off
# Long sentences in short calls: laid out by hand, one card to a paragraph.

from apps.demo.shapes import Card, Change, Debrief, Entry, Factor, Question, Step, Strength

SCAN = Debrief(
    key="moved-scan", team="ward", phase="prepare", anonymity="anonymous", opened=-2, created_by="grace",
    facilitator="jun", started=(-3, "22:00"), ended=(-2, "16:40"),
    title="A scan was moved, and the patient fasted for nothing",
    expected="Nothing to eat from ten at night, the scan at eight, breakfast after it.",
    happened="The scan was moved to the next day at 21:15. The message arrived on the ward screen during the handover. "
             "The patient ate nothing until 16:40, when her daughter asked why.",
    impact="Nearly nineteen hours without food for a woman of 81. She was dizzy in the afternoon and is well again. "
           "The scan has been done since.",
    tags=("fasting", "handover", "radiology"), opening_by="grace",
    opening="I was in charge of that evening, and I told you to keep the handover short. I got this wrong, and here is "
            "what I have learned so far: short is only good when nothing has changed. I want to hear how the night "
            "and the day looked from where you stood, and also what went well, because some of it did.",
    began={"prepare": -2}, perspectives_due=(1, "10:00"), meeting=(1, "14:00"), follow_up=(28, "14:00"),
    ready=("noor", "ingrid", "kwame", "marek"),
    check_ins=(("noor", 4, "low"), ("ingrid", 3, "bargaining"), ("kwame", 2, "accepting"), ("marek", 5, "anger")),
    worries=(("marek", "That it ends with “read the screen more often”. I read it as often as anybody can."),),
    cards=(
        Card("went_wrong", "", "The message was one of fourteen on the screen, between a parking notice and a "
                               "birthday."),
        Card("went_wrong", "", "The sign over the bed said “nothing by mouth”. It has no date, so it was still true."),
        Card("went_wrong", "", "I asked at noon whether the scan had been. The answer was “it is running late today”."),
        Card("went_wrong", "", "She did say she was hungry. She said it very politely."),
        Card("went_right", "", "Her daughter asked, and was thanked for it. She sat with us until the soup came."),
        Card("went_right", "", "Someone measured her sugar at once and stayed with her until she could stand."),
        Card("went_right", "", "Radiology rang back within five minutes and said sorry before we could ask."),
        Card("went_right", "", "The kitchen sent a warm meal at a quarter to five although it closes at two."),
    ),
)

MEDICINE = Debrief(
    key="medicine", team="ward", phase="follow_through", anonymity="anonymous", opened=-44, created_by="grace",
    facilitator="kwame", started=(-46, "11:30"), ended=(-45, "19:10"),
    title="A patient went home without his new medicine",
    expected="He goes home at noon with a bag: the new tablets, the list, and someone has told him what changed.",
    happened="He left at 11:30 with the list and without the bag, which was waiting at the pharmacy hatch. The ward "
             "noticed at 19:10 the next day, when the bag came back.",
    impact="One day without the new tablets. His own doctor gave him a packet the same evening; he was not harmed.",
    tags=("discharge", "pharmacy", "handover"), opening_by="grace",
    opening="I asked for beds before noon that morning, three times. I got this wrong, and here is what I have "
            "learned: when I ask for speed I should also say what may wait.",
    began={"prepare": -44, "recognize": -41, "rationalize": -41, "realign": -39, "follow_through": -39},
    perspectives_due=(-42, "18:00"), meeting=(-41, "14:00"), follow_up=(1, "15:30"), soak_until=-39,
    ready=("grace", "noor", "ingrid", "kwame", "lucia", "jun", "marek"),
    check_ins=(("grace", 3, "accepting"), ("noor", 4, "bargaining"), ("ingrid", 2, "accepting"), ("lucia", 3, "low"),
               ("jun", 1, "accepting"), ("marek", 3, "anger")),
    worries=(("lucia", "I was the last one who spoke with him."),),
    cards=(
        Card("went_wrong", "", "The bag was ready at eleven. Nobody is told when a bag is ready; one goes and looks.",
             "A bag that nobody hears of"),
        Card("went_wrong", "", "I said goodbye to him and thought how well he looked. I did not look at his hands.",
             "The last look"),
        Card("went_wrong", "", "There were three lists for going home that week: the old one, the new one and the one "
             "that we are trying out.", "Three lists"),
        Card("went_wrong", "", "Beds before noon. I could feel it in my neck all morning.", "Beds before noon"),
        Card("went_wrong", "", "He had been told about the tablets the day before, by a doctor, at the bedside, in a "
             "language he speaks on good days.", "The last look"),
        Card("went_wrong", "", "When the bag came back I put it in the drawer first, because the bell rang.",
             "A bag that nobody hears of"),
        Card("went_right", "", "Whoever found the bag rang him at home, at ten past seven, on her way out of the door.",
             "She rang him herself"),
        Card("went_right", "", "His own doctor had the list by fax within minutes and believed us.",
             "She rang him herself"),
        Card("went_right", "", "He came back to say that he was not angry, and brought plums. We ate them together.",
             "She rang him herself"),
        Card("went_right", "", "The pharmacy asked us what would help, before we had asked them for anything.",
             "The pharmacy asked us"),
        Card("went_right", "", "The two of us who were on that morning were asked how we were. First, before the how.",
             "Asked how we are"),
    ),
    timeline=(
        Entry((-52, "07:00"), "A second list for going home is tried out on the ward.", "Notice in the staff room"),
        Entry((-46, "08:20"), "Four beds are asked for before noon.", "Bed meeting"),
        Entry((-46, "11:00"), "The bag stands at the hatch.", "Pharmacy book"),
        Entry((-46, "11:30"), "He goes home with the list.", "Ward book", is_event=True,
              beside=(("I said goodbye to him at noon, after the meals had come.", "A nurse of the early shift"),)),
        Entry((-45, "19:10"), "The bag comes back and is found.", "Late shift"),
        Entry((-45, "19:12"), "He is rung at home.", "Telephone list"),
        Entry((-45, "20:00"), "His doctor brings a packet.", "His own word"),
    ),
    themes=("A bag that nobody hears of", "Three lists", "Beds before noon", "The last look", "She rang him herself",
            "The pharmacy asked us", "Asked how we are"),
    voting="closed",
    votes={
        "noor": ("A bag that nobody hears of", "Beds before noon", "She rang him herself"),
        "ingrid": ("A bag that nobody hears of", "A bag that nobody hears of", "Three lists"),
        "kwame": ("Beds before noon", "The pharmacy asked us", "A bag that nobody hears of"),
        "lucia": ("Beds before noon", "Beds before noon", "Asked how we are"),
        "jun": ("Three lists", "A bag that nobody hears of", "The pharmacy asked us"),
        "marek": ("Three lists", "A bag that nobody hears of", "Beds before noon"),
        "grace": ("Beds before noon", "She rang him herself", "A bag that nobody hears of"),
    },
    factors=(
        Factor("hatch", "A bag that nobody hears of", "tactical_misstep", "A finished bag makes no sound",
               ("The bag stood at the hatch, and on the ward nobody knew.",
                "For years the porter brought bags on his round at eleven.",
                "His round was moved to one o'clock in the spring, for good reasons on the other floors."),
               assumption="If it is ready, it comes.", calculated_risk=False),
        Factor("noon", "Beds before noon", "unspoken", "Nobody said that four beds before noon were too many",
               ("Four people were sent home in ninety minutes.",
                "The number came from the bed meeting, and numbers from there are not discussed.",
                "We did not want to be the ward that says no again."),
               assumption="The others manage, so we must."),
        Factor("good-day", "The last look", "unforeseeable", "He had understood, and on that morning he had not",
               ("The day before he had repeated it all in his own words.",
                "Nobody can tell today what he will remember tomorrow."),
               assumption="Understood once is understood.", calculated_risk=True, sound_step=True),
    ),
    strengths=(
        Strength("call", "She rang him herself", "The one who finds it rings at once",
                 "Nobody has to ask for leave to ring a patient. It has been so since Grace "
                 "came.", "dependable", "keep"),
        Strength("pharmacy", "The pharmacy asked us", "The pharmacy came with a question, not with a defence",
                 "They had read our note as a request. Kwame had written it as one.", "dependable", "amplify"),
        Strength("how", "Asked how we are", "The people first, the how after",
                 "It took four minutes and made the next half hour possible.", "dependable", "spread"),
    ),
    questions=(
        Question("How many bags stay at the hatch for more than an hour?", "jun", -20,
                 "Eleven of 64 in two weeks, counted by the pharmacy. Nine of them were ready before ten.", -21),
        Question("What does the bed meeting do when a ward says “three, and not four”?", "grace", 3),
    ),
    parked=(("marek", "One list. I do not mind which."),),
    steps=(
        Step("fix", "hatch", "Let the pharmacy ring the ward when a bag is ready",
             "noor", "jun", -30, "Two weeks in which no bag waits for more than an hour", -16,
             (Change(-36, "start", "noor"), Change(-31, "finish", "noor"),
              Change(-16, "check", "noor", "They ring. In the noise before noon nobody answers.", "did_not_work"),
              Change(-15, "check", "jun", "I stood there. It rang nine times.", "did_not_work"))),
        Step("fix", "hatch", "Hang a lamp at the desk that lights when a bag is ready and goes out when it is fetched",
             "noor", "marek", -3, "Two weeks in which no bag waits for more than an hour", 11,
             (Change(-12, "start", "noor"), Change(-4, "finish", "noor")), agreed=-14),
        Step("fix", "noon", "Say at the bed meeting how many beds are safe today, and why, before a number is named",
             "grace", "kwame", -32, "On three days of ten the number is ours, and nobody minds", -1,
             (Change(-37, "start", "grace"), Change(-33, "finish", "grace"),
              Change(-1, "check", "grace", "Four days of ten. On one of them somebody minded, kindly.", "worked"))),
        Step("fix", "good-day", "Write the one new thing on a card in large letters, and put it into the patient's "
                                "own hand",
             "lucia", "ingrid", -1, "Ten people rung at home the day after can say what is new", 20,
             (Change(-20, "start", "lucia"), Change(-2, "ask_for_help", "lucia"))),
        Step("fix", "noon", "Keep one list for going home and take down the other two",
             "marek", "lucia", 0, "In the staff room hangs one list", 14, (Change(-10, "start", "marek"),)),
        Step("amplify", "pharmacy", "Have lunch with the pharmacy once a month, with one question each",
             "kwame", "grace", 7, "Each side has changed one small thing because of it", 60),
        Step("spread", "how", "Show the theatre team how we begin: four minutes, the people first",
             "ingrid", "noor", -20, "They have begun a debrief that way without us", -2,
             (Change(-23, "finish", "ingrid"),
              Change(-2, "check", "ingrid", "They did, and told me about it at the coffee machine.", "worked"),
              Change(-1, "check", "noor", "", "worked"))),
    ),
)

WARD = (SCAN, MEDICINE)
