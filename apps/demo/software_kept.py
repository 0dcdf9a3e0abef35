"""Payments: a debrief that is closed, with its summary shared with the whole organization."""

# fmt: off
# Long sentences in short calls: laid out by hand, one card to a paragraph.

from apps.demo.shapes import Card, Change, Debrief, Entry, Factor, Question, Step, Strength

APPEAL = Debrief(
    key="appeal", team="payments", phase="learned", format="incident", opened=-75, created_by="mira",
    facilitator="priya", started=(-76, "19:02"), ended=(-76, "19:40"),
    title="Card payments failed for 38 minutes during the appeal",
    expected="About 60 gifts a minute after the film at seven, as in the rehearsal.",
    happened="At 19:02, right after the film, gifts came in at 240 a minute. From 19:04 every second card payment was "
             "turned away. At 19:40 the provider lifted our limit and payments went through again.",
    impact="About 2,100 people tried and were turned away. 1,400 came back that evening or the day after.",
    tags=("appeal", "limits", "provider"), opening_by="mira",
    opening="I wrote “60 a minute” into the plan and nobody had a reason to doubt it. I got this wrong, and here is "
            "what I have learned: I took last year's number and called it a forecast.",
    began={"prepare": -75, "recognize": -72, "rationalize": -72, "realign": -70, "follow_through": -70, "learned": -24},
    perspectives_due=(-73, "18:00"), meeting=(-72, "14:00"), follow_up=(-28, "14:00"), soak_until=-70,
    ready=("mira", "daniel", "hana", "lukas", "aisha", "tomasz"),
    cards=(
        Card("impact", "aisha", "2,100 people turned away. The ones who rang did not ask about the card; they asked "
             "whether they had done something wrong.", "A limit nobody knew of"),
        Card("trigger", "lukas", "The film ended and told everyone to give now. It had never said that so clearly "
                                 "before.",
             "How many will come"),
        Card("detection", "hana", "I sat beside the switchboard because I like the noise of an appeal. That is how we "
             "knew at 19:05 and not at half past.", "Sitting beside the phones"),
        Card("detection", "tomasz", "The count of refused cards was on the wall. Nobody had to look for it.",
             "Sitting beside the phones"),
        Card("went_wrong", "daniel", "Our limit with the provider was 120 a minute. It was in a contract, and not in "
             "any place where we plan.", "A limit nobody knew of"),
        Card("went_wrong", "priya", "The provider's number on our sheet rang in an office that closes at six.",
             "Whom to call at night"),
        Card("went_wrong", "lukas", "We rehearsed with 60 a minute because that was last year. Nobody asked the people "
             "who made the film.", "How many will come"),
        Card("went_wrong", "mira", "I kept asking for news. Afterwards I counted: eleven times in half an hour.",
             "Quiet for those who repair"),
        Card("went_well", "aisha", "Support had a sentence ready by 19:09: “It is us, not you. We will write to you "
             "when it works.” It calmed every single call.", "One honest sentence"),
        Card("went_well", "daniel", "Lukas put up a page on which people could leave an address instead of a card. "
             "1,100 did, and most of them gave the next day.", "One honest sentence"),
        Card("went_well", "hana", "Nobody was asked who wrote the plan. Not once. I noticed that.",
             "Quiet for those who repair"),
        Card("lucky", "tomasz", "The provider's engineer on duty had worked here. He recognised the voice.",
             "Whom to call at night"),
        Card("lucky", "priya", "The film was shown once and not twice, because the hall had only one slot left.",
             "How many will come"),
    ),
    timeline=(
        Entry((-90, "10:00"), "The plan for the evening names 60 gifts a minute.", "Plan, page 2"),
        Entry((-83, "15:00"), "Rehearsal with 60 a minute. All goes well.", "Rehearsal notes"),
        Entry((-76, "19:02"), "The film ends. Gifts rise to 240 a minute.", "Counter on the wall"),
        Entry((-76, "19:04"), "Every second card is turned away.", "Counter on the wall", is_event=True,
              beside=(("At the switchboard it felt like every card, not every second.", "Hana"),)),
        Entry((-76, "19:09"), "Support reads out the first common sentence.", "Call notes"),
        Entry((-76, "19:21"), "The page for leaving an address is up.", "Release log"),
        Entry((-76, "19:40"), "The provider lifts the limit. Cards go through.", "Provider's mail"),
    ),
    themes=("A limit nobody knew of", "How many will come", "Whom to call at night", "One honest sentence",
            "Sitting beside the phones", "Quiet for those who repair"),
    voting="closed",
    votes={
        "daniel": ("A limit nobody knew of", "A limit nobody knew of", "One honest sentence"),
        "hana": ("Sitting beside the phones", "How many will come", "Whom to call at night"),
        "lukas": ("How many will come", "How many will come", "A limit nobody knew of"),
        "aisha": ("One honest sentence", "One honest sentence", "A limit nobody knew of"),
        "tomasz": ("Whom to call at night", "A limit nobody knew of", "How many will come"),
        "mira": ("How many will come", "One honest sentence", "A limit nobody knew of"),
    },
    factors=(
        Factor("limit", "A limit nobody knew of", "tactical_misstep", "A limit stood in a contract and nowhere else",
               ("The rehearsal stayed below the limit, so it could not show it.",
                "The limit was agreed five years ago, when 120 a minute was three times our best evening.",
                "Contracts are read when they are signed, and this one renews itself."),
               assumption="The provider takes whatever we send.", calculated_risk=False),
        Factor("forecast", "How many will come", "unspoken", "Nobody wanted to sound too hopeful about the film",
               ("The makers of the film hoped for three times as many and kept it to themselves.",
                "Last year's hopes were disappointed in front of everybody."),
               assumption="Last year's number is the careful number."),
        Factor("clear-film", "How many will come", "unforeseeable", "The film moved people all at the same minute",
               ("In earlier years gifts came over two hours.",
                "Nobody here has seen an evening on which the last picture asks."),
               assumption="People give when it suits them.", calculated_risk=True, sound_step=True,
               accepted_because="A film that moves people is what we want. We prepare for the crowd and do not make "
                                "the film weaker."),
    ),
    strengths=(
        Strength("sentence", "One honest sentence", "“It is us, not you”, within five minutes",
                 "Aisha keeps three sentences ready for bad evenings and needs nobody's leave to use them.",
                 "dependable", "spread"),
        Strength("phones", "Sitting beside the phones", "One of us sits with support on big evenings",
                 "What people say on the phone comes before any number on a wall.", "dependable", "amplify"),
        Strength("voice", "Whom to call at night", "The engineer on duty knew us",
                 "It was luck, and it was lovely.", "luck", "keep"),
    ),
    questions=(
        Question("Which other contracts hold a limit?", "tomasz", -60,
                 "Three: mail, text messages and the telephone. They stand on one page now, with the date of "
                 "each.", -58),
        Question("How many of the 2,100 never came back?", "aisha", -45,
                 "About 700, as far as one can tell without asking. We wrote to those whose address we had, "
                 "once.", -44),
    ),
    steps=(
        Step("fix", "limit", "Put every limit of every provider on the planning page, with the number it would take "
                             "to reach it",
             "tomasz", "priya", -58, "The next plan for an appeal quotes two limits without being asked", -30,
             (Change(-66, "start", "tomasz"), Change(-58, "finish", "tomasz"),
              Change(-30, "check", "tomasz", "The harvest plan quotes three.", "worked"),
              Change(-29, "check", "priya", "I read it. It asks the right people, too.", "worked"))),
        Step("fix", "forecast", "Ask the makers of a film or letter for their bold number, and rehearse with that",
             "mira", "lukas", -50, "The rehearsal runs with the bold number, and it is higher than last year's", -30,
             (Change(-52, "start", "mira"), Change(-50, "finish", "mira"),
              Change(-30, "check", "mira", "We asked. They laughed, and then they said 300.", "worked"),
              Change(-29, "check", "lukas", "The rehearsal bent at 280, so now we know where.", "worked"))),
        Step("fix", "limit", "Agree on a number at the provider that is answered at night",
             "daniel", "hana", -55, "A test call at nine in the evening is answered within five minutes", -30,
             (Change(-64, "start", "daniel"), Change(-56, "finish", "daniel"),
              Change(-30, "check", "daniel", "Answered after twelve minutes, and by somebody kind.", "partly"),
              Change(-28, "check", "hana", "It is a way in. It is not yet a quick one.", "partly"))),
        Step("spread", "sentence", "Give the events crew and the wards the three sentences, and the leave to use them",
             "aisha", "mira", -60, "Somebody outside this team uses one of them on a bad day", -30,
             (Change(-63, "start", "aisha"), Change(-61, "finish", "aisha"),
              Change(-29, "check", "aisha", "The crew used one at the lanterns.", "worked"),
              Change(-29, "check", "mira", "I was there as a volunteer and heard it.", "worked"))),
        Step("amplify", "phones", "Plan a seat beside the phones for every big evening",
             "hana", "aisha", -40, "The plan names who sits there", -30,
             (Change(-41, "finish", "hana"),
              Change(-30, "check", "hana", "It is line four of the plan.", "worked"),
              Change(-29, "check", "aisha", "", "worked"))),
        Step("fix", "forecast", "Build a queue that lets people in one by one",
             "lukas", "daniel", -35, "At 400 a minute nobody is turned away", -25,
             (Change(-48, "start", "lukas"),
              Change(-36, "drop", "lukas", "With the limit at 600 it would solve a problem that we no longer have."))),
    ),
    lessons=(
        "A limit that stands only in a contract is found by the crowd. Put it where you plan.",
        "Last year's number is not careful; it is only last year's. Ask the hopeful people for theirs.",
        "“It is us, not you” within five minutes is worth more than a good explanation after an hour.",
    ),
    closing="I got this wrong, and here is what I have learned: I asked you for news eleven times, when what you "
            "needed was somebody who kept the door closed. Next time that is my job. Thank you for the page with the "
            "addresses, for the sentence, and for a debrief in which nobody asked who wrote the plan.",
    audience="organization",
)

SOFTWARE_KEPT = (APPEAL,)
