"""The closed vocabularies of the API: every enumeration that a client may meet.

Values are the strings that travel on the wire. Intents, queues, journeys, steps and slots are not
here: they are data that an installation renames (see ``relief.decide.journeys`` and
``relief.route.tables``).
"""

from enum import StrEnum


class Channel(StrEnum):
    """Where the customer is writing or speaking."""

    web_chat = "web_chat"
    in_app = "in_app"
    sms = "sms"
    social = "social"
    email = "email"
    voice = "voice"


class TelemetryKind(StrEnum):
    """What the customer did in the interface, as opposed to what they wrote."""

    step_viewed = "step_viewed"
    step_failed = "step_failed"
    control_clicked = "control_clicked"
    back_navigated = "back_navigated"
    help_opened = "help_opened"
    returned = "returned"
    waited = "waited"
    typing_abandoned = "typing_abandoned"
    session_abandoned = "session_abandoned"
    channel_switched = "channel_switched"


class Tier(StrEnum):
    """The customer's service tier, as the caller reports it."""

    standard = "standard"
    plus = "plus"
    vip = "vip"


class AccountValue(StrEnum):
    """What the account is worth to the business, in three classes."""

    low = "low"
    medium = "medium"
    high = "high"


class Authentication(StrEnum):
    """How far the caller has verified the customer's identity."""

    none = "none"
    partial = "partial"
    verified = "verified"


class StepOutcome(StrEnum):
    """How the step that the bot last took ended."""

    succeeded = "succeeded"
    failed = "failed"
    refused = "refused"
    pending = "pending"


class Owner(StrEnum):
    """Who the conversation belongs to. Exactly one at any time."""

    bot = "bot"
    offered = "offered"
    queued = "queued"
    human = "human"
    returned = "returned"


class Action(StrEnum):
    """What the bot is told to do with this turn."""

    answer = "answer"
    clarify = "clarify"
    change_strategy = "change_strategy"
    escalate = "escalate"
    hold = "hold"


class FactClass(StrEnum):
    """How much of a fact's value is kept: all of it, its last characters, or only that and when it was supplied."""

    plain = "plain"
    masked = "masked"
    verified = "verified"


class Mode(StrEnum):
    """The five workflow modes of the mission's comparison table (section 8)."""

    rule_based = "rule_based"
    ai_assisted = "ai_assisted"
    sentiment_routing = "sentiment_routing"
    copilot = "copilot"
    human_takeover = "human_takeover"


class RolloutStage(StrEnum):
    """How far a journey is rolled out: decided only, enforced and reviewed, or enforced."""

    shadow = "shadow"
    supervised = "supervised"
    autonomous = "autonomous"


class ReviewCause(StrEnum):
    """Why a decision is put before a reviewer."""

    sensitive = "sensitive"
    sampled = "sampled"
    ended_badly = "ended_badly"
    ended_well = "ended_well"
    volunteered = "volunteered"


class ReviewState(StrEnum):
    """Whether a review waits for its verdict or has it."""

    open = "open"
    judged = "judged"


class ShouldHave(StrEnum):
    """What a reviewer can say a decision should have been."""

    answer = "answer"
    clarify = "clarify"
    change_strategy = "change_strategy"
    escalate = "escalate"


class PolicyChangeKind(StrEnum):
    """What was done to the policy in force."""

    activated = "activated"
    rolled_back = "rolled_back"


class View(StrEnum):
    """Whose view of a session is asked for."""

    agent = "agent"
    customer = "customer"
    supervisor = "supervisor"


class Dimension(StrEnum):
    """The five dimensions that each turn is scored on."""

    frustration = "frustration"
    urgency = "urgency"
    confusion = "confusion"
    politeness = "politeness"
    escalation_intent = "escalation_intent"


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    lexical = "lexical"
    history = "history"
    telemetry = "telemetry"
    classifier = "classifier"


class ControlOption(StrEnum):
    """What the customer can always choose, whatever the bot proposes."""

    talk_to_a_person = "talk_to_a_person"
    start_over = "start_over"
    leave_a_callback = "leave_a_callback"
    leave_a_message = "leave_a_message"


class HandoffState(StrEnum):
    """The life of a hand-over, from request to end."""

    requested = "requested"
    queued = "queued"
    offered = "offered"
    accepted = "accepted"
    resolved = "resolved"
    returned = "returned"
    abandoned = "abandoned"
    undeliverable = "undeliverable"


class HandoffEventKind(StrEnum):
    """What a desk reports of a hand-over. `offered` starts the time in which somebody must accept."""

    offered = "offered"
    accepted = "accepted"
    asked = "asked"
    resolved = "resolved"
    returned = "returned"
    requeued = "requeued"
    abandoned = "abandoned"


class WaitingNews(StrEnum):
    """What a customer who waits for a person can be told; each is said once."""

    requested = "requested"
    back_in_queue = "back_in_queue"
    overdue = "overdue"
    rerouted = "rerouted"
    moved = "moved"
    returned_to_team = "returned_to_team"


class Ignored(StrEnum):
    """Why an event changed nothing: it came before, or the hand-over is past it."""

    duplicate = "duplicate"
    late = "late"


class Timing(StrEnum):
    """When the hand-over came, in the judgement of the person who took over."""

    early = "early"
    right = "right"
    late = "late"


class Outcome(StrEnum):
    """How a session ended, as the caller reports it."""

    resolved = "resolved"
    unresolved = "unresolved"
    abandoned = "abandoned"


class Lane(StrEnum):
    """Which lane of the bus an event takes: everyday traffic or an incident's."""

    normal = "normal"
    crisis = "crisis"


class Severity(StrEnum):
    """How bad an incident is."""

    minor = "minor"
    major = "major"
    critical = "critical"


class IncidentState(StrEnum):
    """Where an incident stands. A proposed one touches nobody until it is confirmed."""

    proposed = "proposed"
    active = "active"
    resolved = "resolved"
    expired = "expired"
    withdrawn = "withdrawn"


class IncidentChange(StrEnum):
    """What an entry of an incident's audit trail says was done."""

    declared = "declared"
    proposed = "proposed"
    confirmed = "confirmed"
    amended = "amended"
    resolved = "resolved"
    expired = "expired"
    withdrawn = "withdrawn"


class IncidentCause(StrEnum):
    """Who or what changed an incident."""

    operator = "operator"
    alarm = "alarm"
    health = "health"
    policy = "policy"
    expiry = "expiry"


class SweepPhase(StrEnum):
    """What a pass over the open hand-overs is at."""

    move = "move"
    tell = "tell"
    done = "done"
    busy = "busy"


class FollowupKind(StrEnum):
    """What a customer was promised during an incident: word when it is over, or a person in the incident's queue."""

    told = "told"
    queued = "queued"
    rerouted = "rerouted"
    returned = "returned"


class Part(StrEnum):
    """The parts that a degraded answer can name: what was down, or answered nonsense."""

    classifier = "classifier"
    context = "context"
    incidents = "incidents"
    detect = "detect"
    decide = "decide"
    policy = "policy"
    summarise = "summarise"
    drafting = "drafting"
    route = "route"
    queues = "queues"
    remember = "remember"
    announce = "announce"
    secrets = "secrets"
    workflow = "workflow"


class ReasonCode(StrEnum):
    """Why a decision is what it is. The README lists each with its meaning."""

    CUSTOMER_REQUEST = "CUSTOMER_REQUEST"
    LEGAL_OR_REGULATOR = "LEGAL_OR_REGULATOR"
    SECURITY_CONCERN = "SECURITY_CONCERN"
    SAFETY_OR_VULNERABILITY = "SAFETY_OR_VULNERABILITY"
    SENSITIVE_ACCOUNT_ACTION = "SENSITIVE_ACCOUNT_ACTION"
    CANCELLATION_THREAT = "CANCELLATION_THREAT"
    STEP_FAILED = "STEP_FAILED"
    REPEATED_FAILURE = "REPEATED_FAILURE"
    REPEATED_CONTACT = "REPEATED_CONTACT"
    NO_PROGRESS = "NO_PROGRESS"
    SILENT_FRICTION = "SILENT_FRICTION"
    FRICTION_HIGH = "FRICTION_HIGH"
    URGENT_NEED = "URGENT_NEED"
    POLICY_EXCEPTION = "POLICY_EXCEPTION"
    RISK_OF_WRONG_ANSWER = "RISK_OF_WRONG_ANSWER"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    CONFUSED = "CONFUSED"
    OPTIONS_EXHAUSTED = "OPTIONS_EXHAUSTED"
    INCIDENT_ACTIVE = "INCIDENT_ACTIVE"
    ROUTINE = "ROUTINE"
    NO_INTERVENTION = "NO_INTERVENTION"
    HANDOFF_PENDING = "HANDOFF_PENDING"
    HUMAN_OWNS = "HUMAN_OWNS"
    AUTOMATION_UNAVAILABLE = "AUTOMATION_UNAVAILABLE"


class EvidenceCode(StrEnum):
    """What was observed. Weights and dimensions are data in ``relief.detect``."""

    # Words of this message.
    HUMAN_REQUEST = "HUMAN_REQUEST"
    HUMAN_MENTION = "HUMAN_MENTION"
    CANCELLATION = "CANCELLATION"
    LEGAL_PHRASE = "LEGAL_PHRASE"
    SECURITY_PHRASE = "SECURITY_PHRASE"
    SAFETY_PHRASE = "SAFETY_PHRASE"
    VULNERABILITY = "VULNERABILITY"
    PUBLIC_COMPLAINT = "PUBLIC_COMPLAINT"
    POLICY_EXCEPTION = "POLICY_EXCEPTION"
    ALREADY_DONE = "ALREADY_DONE"
    REPEATED_CONTACT = "REPEATED_CONTACT"
    LONG_WAIT_STATED = "LONG_WAIT_STATED"
    DISSATISFACTION = "DISSATISFACTION"
    NEGATIVE_EMOTION = "NEGATIVE_EMOTION"
    SARCASM = "SARCASM"
    PROFANITY = "PROFANITY"
    SHOUTING = "SHOUTING"
    PUNCTUATION = "PUNCTUATION"
    BOT_COMPLAINT = "BOT_COMPLAINT"
    UNRESOLVED = "UNRESOLVED"
    URGENT_PHRASE = "URGENT_PHRASE"
    DEADLINE = "DEADLINE"
    CONFUSION_PHRASE = "CONFUSION_PHRASE"
    QUESTION_ABOUT_BOT = "QUESTION_ABOUT_BOT"
    COURTESY = "COURTESY"
    GRATITUDE = "GRATITUDE"
    RUDENESS = "RUDENESS"
    NEGATED_FRICTION = "NEGATED_FRICTION"
    OTHER_TARGET = "OTHER_TARGET"
    CAN_WAIT = "CAN_WAIT"
    # The conversation so far.
    REPEATED_MESSAGE = "REPEATED_MESSAGE"
    REPHRASED = "REPHRASED"
    GROWING_LENGTH = "GROWING_LENGTH"
    SHRINKING_REPLIES = "SHRINKING_REPLIES"
    TONE_CHANGE = "TONE_CHANGE"
    STEP_RETRIED = "STEP_RETRIED"
    STEP_REFUSED = "STEP_REFUSED"
    ASKED_AGAIN = "ASKED_AGAIN"
    BOT_REPEATED = "BOT_REPEATED"
    NO_PROGRESS_TURNS = "NO_PROGRESS_TURNS"
    EARLIER_SESSION = "EARLIER_SESSION"
    CARRIED_OVER = "CARRIED_OVER"
    # Behaviour in the interface.
    SAME_STEP_AGAIN = "SAME_STEP_AGAIN"
    STEP_FAILED = "STEP_FAILED"
    RAGE_CLICKS = "RAGE_CLICKS"
    HELP_THEN_RETURN = "HELP_THEN_RETURN"
    BACKTRACKING = "BACKTRACKING"
    LONG_WAIT = "LONG_WAIT"
    TYPING_ABANDONED = "TYPING_ABANDONED"
    SESSION_ABANDONED = "SESSION_ABANDONED"
    CHANNEL_SWITCHED = "CHANNEL_SWITCHED"
    # The embedding classifier.
    CLASSIFIER_SCORE = "CLASSIFIER_SCORE"
