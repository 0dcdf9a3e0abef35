"""The events crew: a meeting that goes on today, steps that are being agreed, and a debrief that was called off."""

# fmt: off
# Long sentences in short calls: laid out by hand, one card to a paragraph.

from apps.demo.shapes import Card, Change, Debrief, Entry, Factor, Question, Step, Strength

RAIN = Debrief(
    key="rain-plan", team="crew", phase="recognize", anonymity="choice", opened=-3, created_by="samuel",
    facilitator="thabo", started=(-4, "18:20"), ended=(-4, "19:45"),
    title="The rain plan began forty minutes late at the lantern evening",
    expected="If it rains before the walk, everybody goes to the market hall and the choir sings there.",
    happened="It began to rain at 18:20. The rain plan was called at 19:00. By then the lanterns of the first three "
             "schools were wet and about 200 people had gone home.",
    impact="200 of 900 people left, most of them with small children. 60 lanterns came apart. Nobody was hurt.",
    tags=("weather", "decision", "radio"), opening_by="samuel",
    opening="It was my word that was missing. I stood under a roof and waited for it to stop. I got this wrong, and "
            "here is what I have learned so far: whoever decides about rain should stand in it.",
    began={"prepare": -3, "recognize": 0},
    perspectives_due=(-1, "20:00"), meeting=(0, "15:00"), follow_up=(30, "17:00"),
    ready=("samuel", "oona", "diego", "fatima", "jonas", "leilani", "mira"),
    check_ins=(("samuel", 4, "bargaining"), ("oona", 2, "accepting"), ("diego", 3, "anger"), ("fatima", 3, "low"),
               ("jonas", 1, "accepting"), ("leilani", 2, "accepting"), ("mira", 2, "denial")),
    worries=(("diego", "That the volunteers hear about this as if they had been too slow."),),
    cards=(
        Card("went_wrong", "oona", "At the river end it poured from twenty past six. At the gate they still had a dry "
             "pavement.", "Two kinds of weather"),
        Card("went_wrong", "", "I asked twice on the radio whether we move. I heard “stand by”, and I stood by.",
             "Stand by"),
        Card("went_wrong", "jonas", "The key to the market hall was with the caretaker, and the caretaker was in the "
                                    "choir.",
             "The key and the choir"),
        Card("went_wrong", "fatima", "The plan says “in heavy rain”. We talked for ten minutes about what heavy is.",
             "Stand by"),
        Card("went_wrong", "", "A child cried because her swan came apart, and I had nothing to give her.",
             "What the children took home"),
        Card("went_right", "leilani", "Diego opened the bus shelter and the two school porches without asking. 150 "
             "people stood dry.", "Roofs along the way"),
        Card("went_right", "", "The choir did not wait for the hall. They sang in the archway, and people came to "
                               "them.",
             "The key and the choir"),
        Card("went_right", "diego", "Every volunteer had a spare lamp. When the candles went out, the walk did not.",
             "What the children took home"),
        Card("went_right", "mira", "Fatima said on the loudspeaker: “It is us, not you. We are moving, and we will be "
             "slow.” People laughed, and then they helped.", "One honest sentence"),
        Card("went_right", "thabo", "The teachers had a list with them and counted at every roof. We knew at each "
             "minute that no child was missing.", "Roofs along the way"),
    ),
    late_cards=(
        Card("went_right", "samuel", "Somebody brought me a wet jacket and said “put this on and come”. That was the "
             "best advice of the evening."),
    ),
    timeline=(
        Entry((-18, "19:00"), "The rain plan is agreed: “in heavy rain, on Samuel's word”.", "Plan, page 4"),
        Entry((-4, "16:00"), "The forecast speaks of a shower after nine.", "Weather service"),
        Entry((-4, "18:20"), "Rain at the river end.", "Oona's call", is_event=True,
              beside=(("At the gate it was dry until twenty to seven.", "Samuel"),
                      ("My photo of the wet swan is from 18:31.", "A volunteer"))),
        Entry((-4, "18:35"), "“Do we move?” – “Stand by.”", "Radio notes"),
        Entry((-4, "18:40"), "The bus shelter and two porches are opened.", "Diego"),
        Entry((-4, "19:00"), "The rain plan is called.", "Radio notes"),
        Entry((-4, "19:25"), "The key is found; the hall opens.", "Caretaker"),
        Entry((-4, "19:45"), "The choir sings in the hall, for 700 people.", "Head count, teachers"),
    ),
    themes=("Two kinds of weather", "Stand by", "The key and the choir", "Roofs along the way",
            "What the children took home", "One honest sentence"),
    parked=(("jonas", "A key box at the market hall."),
            ("oona", "One person at the river end who may call the rain plan."),
            ("leilani", "Sixty paper swans to give away in the spring.")),
)

SEATS = Debrief(
    key="seats", team="crew", phase="realign", format="after_action", opened=-12, created_by="samuel",
    facilitator="oona", started=(-14, "18:40"), ended=(-14, "19:35"),
    title="We sold 140 seats that were not there",
    expected="620 seats sold, 620 chairs, doors at half past six.",
    happened="At 18:40 people stood in rows that did not exist: R to V. The plan of the hall from before the "
             "rebuilding had been used for the sale. At 19:35 everybody sat, 140 of them on benches from the school.",
    impact="The concert began 35 minutes late. 26 people went home and have their money back.",
    tags=("tickets", "plan", "rebuilding"), opening_by="samuel",
    opening="I sent the plan, and it was the old one. I got this wrong, and here is what I have learned: I had both "
            "in one folder and trusted my eye. I would like us to find something better than my eye.",
    began={"prepare": -12, "recognize": -9, "rationalize": -9, "realign": -7},
    perspectives_due=(-10, "20:00"), meeting=(-9, "18:00"), follow_up=(14, "18:00"), soak_until=-6,
    ready=("samuel", "oona", "diego", "fatima", "jonas", "leilani", "thabo", "mira"),
    cards=(
        Card("expected", "fatima", "That the ticket office and I look at the same hall.", "Two plans of one hall"),
        Card("expected", "jonas", "Chairs until row Q. I counted them in the afternoon and was content: 480.",
             "Two plans of one hall"),
        Card("happened", "leilani", "A gentleman showed me row T on his ticket and then the wall. He was very polite.",
             "People before rows"),
        Card("improve", "jonas", "I counted chairs, the office counted tickets. Nobody put the two numbers side by "
                                 "side.",
             "Two plans of one hall"),
        Card("improve", "diego", "In the last week four people asked me about row numbers. I thought it was nerves.",
             "Small questions beforehand"),
        Card("improve", "samuel", "The files are called “hall-final” and “hall-final-new”. The second one is the "
                                  "older.",
             "Two plans of one hall"),
        Card("improve", "thabo", "We had two people at the doors for six hundred, because the other four were looking "
             "for row R.", "People before rows"),
        Card("improve", "mira", "Nobody could tell people at the back what was going on. They thought it was the "
                                "singer.",
             "People before rows"),
        Card("sustain", "oona", "Leilani rang the school at ten to seven. At twenty past, benches came through the "
             "door, with the headmaster at one end.", "Good neighbours"),
        Card("sustain", "thabo", "Those with a seat stood up for those who cannot stand. Diego had only asked the "
             "first row.", "Diego asked the first row"),
        Card("sustain", "fatima", "The singer came out in her coat and sang one song while the benches were put up.",
             "Diego asked the first row"),
        Card("sustain", "leilani", "Everybody on the team knew the number for the school. It hangs by the kettle.",
             "Good neighbours"),
        Card("sustain", "diego", "The money was back the next morning. Fatima had taken names on her arm, with a pen.",
             "Small questions beforehand"),
    ),
    timeline=(
        Entry((-120, "09:00"), "The hall is rebuilt and loses five rows.", "Invoice of the builder"),
        Entry((-40, "16:10"), "The plan of the hall goes to the ticket office.", "Samuel's mail"),
        Entry((-20, "11:00"), "The first call about row R.", "Diego",
              beside=(("For us the first call was in the last week.", "Ticket office"),)),
        Entry((-14, "15:00"), "480 chairs are counted.", "Jonas"),
        Entry((-14, "18:40"), "People look for row R.", "Leilani", is_event=True),
        Entry((-14, "18:50"), "The school is rung.", "Telephone list"),
        Entry((-14, "19:20"), "The benches arrive.", "Oona"),
        Entry((-14, "19:35"), "The concert begins.", "Running order"),
    ),
    themes=("Two plans of one hall", "Small questions beforehand", "People before rows", "Good neighbours",
            "Diego asked the first row"),
    voting="closed",
    votes={
        "oona": ("Two plans of one hall", "Good neighbours", "People before rows"),
        "diego": ("Small questions beforehand", "Two plans of one hall", "People before rows"),
        "fatima": ("Two plans of one hall", "Two plans of one hall", "Good neighbours"),
        "jonas": ("Two plans of one hall", "Two plans of one hall", "Small questions beforehand"),
        "leilani": ("Good neighbours", "People before rows", "Small questions beforehand"),
        "thabo": ("People before rows", "Diego asked the first row", "Two plans of one hall"),
        "mira": ("People before rows", "Two plans of one hall", "Small questions beforehand"),
        "samuel": ("Small questions beforehand", "Two plans of one hall", "Good neighbours"),
    },
    factors=(
        Factor("two-plans", "Two plans of one hall", "tactical_misstep", "Two plans of one hall, and both looked final",
               ("The older plan went to the ticket office.",
                "By its name it was the newer one.",
                "The builder had sent his plan later and named it after the order, as builders do.",
                "Plans live in the folder of whoever needed them last."),
               assumption="The name of a file says how old it is.", calculated_risk=False),
        Factor("nerves", "Small questions beforehand", "unspoken", "Before a big evening we hear questions as nerves",
               ("Four calls about row numbers were answered with “it will be fine”.",
                "We were proud that nobody was nervous this time, and wanted to keep it so."),
               assumption="If it were a real question, someone would insist.", calculated_risk=False),
        Factor("sold-out", "People before rows", "unforeseeable", "For the first time every seat was sold",
               ("In other years the last five rows stay empty, and a wrong plan shows nobody.",
                "A song of hers was on the radio three days before."),
               assumption="There is always room at the back.", calculated_risk=True, sound_step=True,
               accepted_because="That a concert sells out is what we work for. We do not plan against it; the one plan "
                                "of the hall is our answer."),
    ),
    strengths=(
        Strength("kettle", "Good neighbours", "The neighbours' numbers hang by the kettle",
                 "Leilani renews the sheet every month, with a visit and not with a letter.", "dependable", "spread"),
        Strength("first-row", "Diego asked the first row", "We asked for help, and people helped",
                 "He told them the truth in one sentence and what they might do. It would work again.",
                 "dependable", "amplify"),
        Strength("song", "Diego asked the first row", "The singer sang in her coat",
                 "That was her gift. We cannot plan it.", "luck", "keep"),
    ),
    questions=(
        Question("Which other houses on our list have been rebuilt since we drew their plans?", "jonas", 5),
        Question("Would the ticket office stop a sale when a caller names a row that is odd?", "fatima", 8),
    ),
    parked=(("thabo", "Six stewards at the doors, whatever happens inside."),
            ("mira", "Somebody with a microphone at the back.")),
    steps=(
        Step("fix", "two-plans", "Keep one plan for each house, with its date in the corner, and delete the rest",
             "jonas", "fatima", 7, "Asked for the plan of the hall, three of us open the same file", 28,
             (Change(-2, "start", "jonas"),)),
        Step("amplify", "first-row", "Give every steward a card: one true sentence, and one thing that people may do",
             "mira", "diego", 0, "At the next concert a steward asks the first row without being told to", 21),
        Step("spread", "kettle", "Show the ward how the sheet by the kettle is kept alive",
             "leilani", "oona", 14, "By their kettle hangs a sheet that is not from us", 44),
    ),
)

BANNERS = Debrief(
    key="banners", team="crew", phase="cancelled", format="one_root_cause", opened=-34, created_by="samuel",
    facilitator="fatima", started=(-35, "08:00"), ended=(-35, "10:00"),
    title="The banners of the book fair hung in the wrong street",
    expected="Twelve banners between the station and the fair.",
    happened="Twelve banners hung in Mill Lane instead of Mill Street until ten in the morning.",
    impact="A few people took the long way. The baker in Mill Lane had a good morning.",
    tags=("signs",), opening_by="samuel",
    opening="A small one, and a funny one. I would still like to know what it has to tell us.",
    began={"prepare": -34, "cancelled": -32}, perspectives_due=(-32, "18:00"), meeting=(-31, "17:00"),
    cancelled_because="Jonas and Thabo sorted it out over coffee: the map now says the postcode. A meeting would be "
                      "too much.",
)

FESTIVAL = (RAIN, SEATS, BANNERS)
