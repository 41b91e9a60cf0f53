"""What people in the sandbox's meetings talk about: four small plays and what fills an hour."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A title, a cast (the first is the host) and lines of (index into the cast, sentence)."""

    title: str
    cast: tuple[str, ...]
    lines: tuple[tuple[int, str], ...]
    asides: tuple[str, ...]
    chat: tuple[tuple[int, str], ...]


STAND_UP = Dialogue(
    title="Monday stand-up",
    cast=("Amara Okafor", "Jonas Weber", "Mei Tanaka", "Luis Ortega", "Priya Nair"),
    lines=(
        (0, "Good morning, everyone. Let's keep it to fifteen minutes and start with the release."),
        (1, "The build is green. Two tests are slow, and I'd like to split them this afternoon."),
        (0, "Does that hold up the release?"),
        (1, "No, it only makes the pipeline nicer. We can ship today as planned."),
        (2, "I finished the import page on Friday. It reads a file of ten thousand rows now."),
        (2, "One thing is open: what happens when somebody uploads the same file twice?"),
        (
            3,
            "Support gets that question every week. People expect the second upload to do nothing.",
        ),
        (2, "Then I'll compare the contents and say so on the page. That is half a day."),
        (4, "On my side the payment provider changed its certificate, and nobody told us."),
        (4, "I've pinned the new one, and there's a check that warns us a month ahead next time."),
        (0, "Thank you, Priya. Did any customer notice?"),
        (4, "Three payments were late by an hour. I wrote to all three this morning."),
        (3, "I can confirm, two of them answered already and they were friendly about it."),
        (0, "Good. Luis, what do you hear from support otherwise?"),
        (3, "The new search is liked. The export button is hard to find on a small screen."),
        (2, "I can move it into the header. Let me show you what I mean, I'll share my screen."),
        (2, "Here it is: the button stays in sight while the table scrolls."),
        (1, "Looks right to me. Could it carry the number of rows as well?"),
        (2, "It could. I'd rather not count ten thousand rows on each visit, though."),
        (1, "Fair. Then leave the number out."),
        (
            0,
            "Agreed. So: the release goes out at two, Mei does the header, Jonas splits the tests.",
        ),
        (
            4,
            "And I write down what we learned about certificates.",
        ),
        (0, "Perfect. Anything that blocks anyone? No? Then let's look at the board together."),
    ),
    asides=(
        "The ticket says two days, and I believe it is closer to three.",
        "I would take the smaller step first and look at the numbers after a week.",
        "We had the same question in spring, and the answer is in the notes from back then.",
        "Can we agree on one owner for that?",
        "I'll take it, and I'll ask for help if it isn't done by Thursday.",
        "The staging machine was restarted last night, so those alerts can be ignored.",
        "There's one more report from a customer that nobody has answered yet.",
        "That one is mine. I was waiting for the logs, and they came in this morning.",
        "Let's not decide that today. I'll write down both options and send them round.",
        "The old page still gets forty visits a day, mostly from bookmarks.",
        "We could redirect it and keep the address alive for a year.",
        "I like that. It costs nothing and nobody is left standing.",
        "What does the error message say at the moment?",
        "It says that something went wrong, which is true and of no use to anybody.",
        "Then let's make it say what to do next.",
    ),
    chat=((2, "Release notes: https://wiki.example.com/release-31"), (3, "Thanks, reading now")),
)

SALES = Dialogue(
    title="Northwind: second call",
    cast=("Hannah Lindqvist", "Tom Becker", "Sofia Marchetti", "Daniel Reyes"),
    lines=(
        (0, "Thanks for making time again. Tom from our technical team is with me today."),
        (2, "Glad to be here. Daniel runs operations at our place, he asked for this second call."),
        (3, "I did. I'd like to understand what changes for my planners on the first morning."),
        (0, "Gladly. Could you tell us first how a morning looks now?"),
        (3, "Seven planners, four spreadsheets, and a phone that rings until about ten."),
        (3, "The phone is the real problem. Drivers call because they don't believe the sheet."),
        (1, "Because it is from the evening before?"),
        (3, "Exactly. By six in the morning a third of it is wrong."),
        (1, "Let me show you the board with yesterday's data from your export."),
        (
            1,
            "Each lane is a driver. When a stop slips, everything behind it moves, and he sees it.",
        ),
        (2, "And if he has no signal? We lose the network in the valley for forty minutes."),
        (1, "Then his phone keeps the last plan and says how old it is. It never shows a guess."),
        (2, "That is more honest than what we have."),
        (
            3,
            "What about Marit? She has planned on paper for twenty years, and nobody is better.",
        ),
        (0, "Two customers of ours printed the board for the first month. It's one button."),
        (3, "She'll like that. I'll like it too, if I'm honest."),
        (
            2,
            "About the price: the offer says per vehicle. We have sixty, but ten are seasonal.",
        ),
        (0, "Seasonal vehicles count only in the months they drive. I'll put that in writing."),
        (2, "Good. And the data stays in Europe?"),
        (1, "In Frankfurt, with backups in Dublin. I'll send the list of subprocessors today."),
        (3, "Then I suggest a trial with one depot. Four weeks, two planners, twenty drivers."),
        (
            0,
            "We can start on the first of the month. I'd ask for one hour with Marit before.",
        ),
        (3, "You'll have it. Bring the printer."),
        (0, "I'll send the summary this evening, with the four points we agreed on."),
    ),
    asides=(
        "How long did it take the others until the phone stopped ringing?",
        "About three weeks. The first week it rings more, because everybody checks.",
        "Our accounting would need the kilometres per month as one table.",
        "That export exists. I can show you the columns if that helps.",
        "We were disappointed by a vendor last year, so forgive me if I ask twice.",
        "Ask three times. I'd rather lose the deal than surprise you in March.",
        "What happens to our data if we stop after the trial?",
        "You get it as files, and thirty days later it is deleted. You receive a note about it.",
        "The works council will want to know who can see where a driver is.",
        "Only the planner of that depot, only during a shift. At night it can't be switched on.",
        "Could we see a day that went badly? The good days convince nobody.",
        "Here is the ninth of November. The bridge was closed and half the plan fell over at noon.",
        "And this colour means that somebody moved it by hand?",
        "Yes, and the name is on it, so you can ask instead of wondering.",
    ),
    chat=(
        (1, "The list of subprocessors: https://example.com/legal/subprocessors"),
        (3, "Got it, thank you"),
    ),
)

RESEARCH = Dialogue(
    title="Interview: how people find their recordings",
    cast=("Noor Haddad", "Elias Brandt", "Ruth Abrams"),
    lines=(
        (
            0,
            "Thank you for coming, Ruth. There are no wrong answers: we test the page, not you.",
        ),
        (2, "That's a relief. I usually blame myself when software doesn't do what I want."),
        (0, "Most people do. Could you tell me about the last time you looked for a recording?"),
        (2, "That was on Tuesday. A colleague asked what we had promised to the museum in June."),
        (2, "I remembered the meeting, I remembered who was there, but I had no idea of the date."),
        (0, "What did you do then?"),
        (
            2,
            "I searched my mail for the museum. Two hundred results. I gave up and asked Paul.",
        ),
        (0, "Did Paul find it?"),
        (
            2,
            "He knew it was the day the lift broke. So we looked for the lift, and there it was.",
        ),
        (1, "So you found it by something that was not in the meeting at all."),
        (2, "Yes. I think people remember what was around a thing, more than the thing."),
        (0, "I'd like to show you a page now. Please think aloud while you look at it."),
        (2, "All right. I see a list. There's a field on top, I suppose I can type a name here."),
        (
            2,
            "I type museum. Four meetings, with the sentence in which it was said. Lovely.",
        ),
        (0, "What would you expect when you click the sentence?"),
        (2, "That it plays from there. Not from the beginning. Please not from the beginning."),
        (0, "Try it."),
        (2, "Oh, good. And it starts a few seconds early, so I hear the question as well."),
        (1, "Is there anything on this page that you would not dare to click?"),
        (2, "This one, with the bin. I don't know whether it deletes it for me or for everybody."),
        (0, "That is very helpful. What would it have to say?"),
        (2, "Who loses it, and whether I can get it back. Two short sentences, that's all."),
        (0, "Thank you, Ruth. Elias, do you have a last question?"),
        (1, "Just one. If you could keep only one thing on this page, which would it be?"),
        (2, "The sentence. With the name of the person who said it."),
    ),
    asides=(
        "I never use the calendar for that, it only tells me what was planned.",
        "The picture helps me more than the title. I know faces, I don't know dates.",
        "When I'm on the train I only read. Sound is for the office.",
        "If it is slow I assume that it is broken and I close it.",
        "Could you say a little more about that?",
        "I would call it a note. A transcript sounds like a court.",
        "My mother would understand this page, and that is the best thing I can say.",
        "The small grey text is too small for me, and I have new glasses.",
        "What did you expect to happen there?",
        "I thought it would ask me first. I was glad that there was an undo.",
        "So the order matters less to you than the name?",
        "Yes. The order is for people who were not there.",
    ),
    chat=((1, "Prototype: https://example.com/prototype-7"),),
)

HIRING = Dialogue(
    title="Interview with Ada Kovacs, site reliability",
    cast=("Grace Mbeki", "Oskar Holm", "Ada Kovacs", "Yuki Sato"),
    lines=(
        (
            0,
            "Hello Ada, good to meet you. We have an hour, and the last fifteen minutes are yours.",
        ),
        (2, "Thank you. I have a list of questions, so that suits me well."),
        (0, "Oskar leads the platform team, and Yuki would work beside you."),
        (1, "Let me start. Tell us about an outage that you remember, and what you did in it."),
        (2, "Two winters ago our queue stopped at four in the morning. I was on call for a week."),
        (2, "The alert said that the disk was full. It wasn't. The alert measured the wrong disk."),
        (3, "How did you find out?"),
        (
            2,
            "I looked at the machine instead of the alert. It took me eleven minutes.",
        ),
        (1, "And what was it really?"),
        (2, "A worker held a lock and waited for a service that waited for the same lock."),
        (2, "I ended that worker by hand, and everything went on. The fix came two days later."),
        (3, "What did you change afterwards, apart from the fix?"),
        (2, "We removed nineteen alerts. Nobody had ever acted on them, they only made us tired."),
        (0, "Was that hard to argue for?"),
        (
            2,
            "A little. I brought a table: alert, how often, what was done. Most cells were empty.",
        ),
        (1, "I like that. Here is a drawing of ours. Where would you be nervous?"),
        (2, "Here. If this one is slow, everybody behind it waits. Is there a limit on the queue?"),
        (1, "There is not. You found it faster than we did."),
        (3, "How would you introduce a limit on a system that runs?"),
        (
            2,
            "First measure, for a week. Then a limit far above the highest day. Then lower it.",
        ),
        (0, "Now your questions, Ada."),
        (2, "How many nights was each of you woken up last month?"),
        (3, "Twice. Once it was our fault, and once it was a fox in the data centre."),
        (2, "A fox?"),
        (3, "A fox. We have a picture. It's in the onboarding."),
        (0, "We'll write to you by Thursday, and we'll say why, whichever way it goes."),
    ),
    asides=(
        "What does a good handover look like to you?",
        "One page. What is on fire, what is only warm, and whom to ask.",
        "I'd rather have a boring system and an interesting life.",
        "Who decides here that something is not worth fixing?",
        "The person on call, and we never discuss it at four in the morning.",
        "I keep a list of things that surprised me. It is the most useful file I have.",
        "Do you write the report together or alone?",
        "Together, while we still remember what we believed at each minute.",
        "How do you test a backup?",
        "By restoring it, on a Friday, with somebody who has never done it before.",
        "That is the first honest answer I've heard to this question.",
        "We had a month without a single page, and then we got nervous about it.",
    ),
    chat=((1, "The drawing: https://example.com/drawing"), (2, "Thank you, I can see it")),
)

DIALOGUES = (STAND_UP, SALES, RESEARCH, HIRING)
NOTETAKERS = ("Otter.ai", "Fathom Notetaker", "Read.ai meeting notes", "tl;dv recorder")
