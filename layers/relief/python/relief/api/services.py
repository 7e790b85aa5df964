"""The api function's services, made once per process."""

from datetime import datetime
from functools import lru_cache, partial
from typing import NamedTuple

from relief.api.handoffs import HandoffService
from relief.api.metrics import MetricsService
from relief.api.outcomes import OutcomeService
from relief.api.policies import PolicyService
from relief.api.prompts import PromptService
from relief.api.replays import ReplayService
from relief.api.reviews import ReviewService
from relief.api.sessions import SessionService
from relief.api.turns import TurnService
from relief.api.workflow import DirectLastResort, ExpressWorkflow
from relief.contracts.outcome import RecordedOutcome
from relief.decide.in_force import PolicySource
from relief.measure.figures.table import FigureTable
from relief.privacy.secret import load_reference_keys
from relief.remember.forget import Forgetter
from relief.route.desk import Desk
from relief.settings import load_settings
from relief.store.bus import Bus
from relief.store.decisions import DecisionTable
from relief.store.dynamodb import Table
from relief.store.outcomes import OutcomeTable
from relief.store.ownership import OwnershipTable
from relief.store.policies import HASTY, PolicyTable
from relief.store.queues import QueueTable
from relief.store.reviews import ReviewTable
from relief.store.sessions import SessionTable


class Services(NamedTuple):
    """What the routes call."""

    turns: TurnService
    sessions: SessionService
    handoffs: HandoffService
    prompts: PromptService
    outcomes: OutcomeService
    metrics: MetricsService
    table: Table
    replays: ReplayService
    reviews: ReviewService
    policies: PolicyService


@lru_cache(maxsize=1)
def load_services() -> Services:
    """Make the services from the environment."""
    settings = load_settings()
    table = Table(settings)
    keys = partial(load_reference_keys, settings.reference_secret_id)
    turns = TurnService(settings, keys, table, ExpressWorkflow(settings), DirectLastResort(settings, table))
    stored = SessionTable(settings)
    ownership = OwnershipTable(settings)
    desk = Desk(settings, ownership, Bus(settings), QueueTable(settings))
    reviews = ReviewService(settings, keys, ReviewTable(settings), stored)
    policies = PolicySource(PolicyTable(settings, HASTY), settings.policy_seconds)

    def offer(ended: RecordedOutcome, now: datetime) -> None:
        plan = policies.current(now).policy.rollout
        reviews.offer_for_audit(ended.session_id, ended.outcome.value, ended.effort_score, plan, now)

    return Services(
        turns,
        SessionService(settings, keys, stored, Forgetter(stored)),
        HandoffService(settings, keys, desk, ownership),
        PromptService(settings, stored),
        OutcomeService(OutcomeTable(settings), offer),
        MetricsService(FigureTable(settings)),
        table,
        ReplayService(DecisionTable(settings).find_decisions),
        reviews,
        PolicyService(PolicyTable(settings)),
    )
