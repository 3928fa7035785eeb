"""`assistant`: a chat endpoint over the trigram model, with `gen_ai.*` spans and metrics, tokens and cost."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass

import numpy as np
from opentelemetry.trace import SpanKind

from pilotage.demo import ngram
from pilotage.demo.clock import Clock
from pilotage.demo.incidents import TOKEN_FACTOR, Kind, Schedule
from pilotage.demo.summary import Tally
from pilotage.demo.telemetry import Service, Value, record
from pilotage.demo.web import Document

PROVIDER = "local"
INPUT_PRICE = 0.5e-6  # US dollars a token
OUTPUT_PRICE = 1.5e-6
FIRST_TOKEN_MEDIAN_S = 0.08
FIRST_TOKEN_SIGMA = 0.3
TOKEN_S = 0.003
BASE_ERRORS = 0.004
SYSTEM_PROMPT = "Answer the question from the documents you are given; be brief and name the data set."
DURATION_BOUNDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKEN_BOUNDS = (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0)
COMMON: dict[str, Value] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": PROVIDER,
    "gen_ai.request.model": ngram.REQUEST_MODEL,
    "gen_ai.response.model": ngram.RESPONSE_MODEL,
}


class ModelOverloadedError(Exception):
    """The language model had no free slot."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer took."""

    input_tokens: int
    output_tokens: int
    first_token_s: float

    @property
    def cost_usd(self) -> float:
        """Price of the tokens."""
        return self.input_tokens * INPUT_PRICE + self.output_tokens * OUTPUT_PRICE

    @property
    def duration_s(self) -> float:
        """Time of the generation without overhead."""
        return self.first_token_s + self.output_tokens * TOKEN_S


def plan(rng: np.random.Generator, question: str, *, runaway: bool) -> Usage:
    """Sizes and times of an answer; a runaway prompt repeats its context and lets the model talk on."""
    factor = TOKEN_FACTOR if runaway else 1
    asked = len(ngram.tokens(SYSTEM_PROMPT)) + 24 + len(ngram.tokens(question))
    first = float(rng.lognormal(np.log(FIRST_TOKEN_MEDIAN_S), FIRST_TOKEN_SIGMA))
    return Usage(factor * asked, ngram.answer_length(rng, factor), first)


class AssistantService:
    """The handler of `POST /v1/chat`."""

    def __init__(self, service: Service, clock: Clock, schedule: Schedule, seed: int) -> None:
        self.service = service
        self.tally = Tally(service)
        self._clock = clock
        self._schedule = schedule
        self._rng = np.random.default_rng([seed, 7])
        self._lock = threading.Lock()
        meter = service.meter
        self._durations = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration",
            explicit_bucket_boundaries_advisory=DURATION_BOUNDS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used",
            explicit_bucket_boundaries_advisory=TOKEN_BOUNDS,
        )
        self._first = meter.create_histogram(
            "gen_ai.server.time_to_first_token",
            unit="s",
            description="Time to generate first token for successful responses",
            explicit_bucket_boundaries_advisory=DURATION_BOUNDS,
        )
        self._cost = meter.create_counter("gen_ai.usage.cost", unit="USD", description="Cost of the tokens used")

    def chat(self, document: Document, weight: int) -> Document:
        """`{"question", "conversation"}` → `{"answer", "input_tokens", "output_tokens"}`."""
        question = str(document["question"])
        begun = time.perf_counter()
        failed = True
        try:
            with self.service.tracer.start_as_current_span("retrieval documents") as span:
                source, context = ngram.retrieve(question)
                span.set_attributes({"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": source})
            reply = self._complete(question, context, str(document.get("conversation", "")), weight)
            failed = False
        finally:
            self.tally.request(time.perf_counter() - begun, weight, failed=failed)
        return reply

    def _complete(self, question: str, context: list[str], conversation: str, weight: int) -> Document:
        with self._lock:
            usage = plan(self._rng, question, runaway=self._schedule.active(Kind.COST, self._clock.now()))
            words = ngram.generate(self._rng, context, usage.output_tokens)
            overloaded = self._rng.random() < BASE_ERRORS
        begun = time.perf_counter()
        attributes = COMMON | {"gen_ai.conversation.id": conversation, "server.address": "127.0.0.1"}
        with self.service.tracer.start_as_current_span(f"chat {ngram.REQUEST_MODEL}", kind=SpanKind.CLIENT, attributes=attributes) as span:
            if overloaded:
                span.set_attribute("error.type", ModelOverloadedError.__name__)
                record(self._durations, time.perf_counter() - begun, weight, COMMON | {"error.type": ModelOverloadedError.__name__})
                raise ModelOverloadedError("the model has no free slot")
            time.sleep(usage.first_token_s)
            first = time.perf_counter() - begun
            span.add_event("gen_ai.first_token")
            time.sleep(usage.output_tokens * TOKEN_S)
            answer = " ".join(words)
            span.set_attributes(
                {
                    "gen_ai.response.id": format(span.get_span_context().span_id, "016x"),
                    "gen_ai.response.finish_reasons": ["stop"],
                    "gen_ai.usage.input_tokens": usage.input_tokens,
                    "gen_ai.usage.output_tokens": usage.output_tokens,
                    "gen_ai.usage.cost": usage.cost_usd,
                    "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": question}]}]),
                    "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": answer}]}]),
                }
            )
            self._measure(usage, first, time.perf_counter() - begun, weight)
            self.service.event(
                "gen_ai.answer",
                f"answered with {usage.output_tokens} tokens in {time.perf_counter() - begun:.3f} s",
                COMMON | {"gen_ai.usage.input_tokens": usage.input_tokens, "gen_ai.usage.output_tokens": usage.output_tokens},
            )
        return {"answer": answer, "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}

    def _measure(self, usage: Usage, first_s: float, taken_s: float, weight: int) -> None:
        record(self._durations, taken_s, weight, COMMON)
        record(self._first, first_s, weight, COMMON)
        record(self._tokens, usage.input_tokens, weight, COMMON | {"gen_ai.token.type": "input"})
        record(self._tokens, usage.output_tokens, weight, COMMON | {"gen_ai.token.type": "output"})
        self._cost.add(usage.cost_usd * weight, COMMON)
        self.tally.add("tokens_input", usage.input_tokens * weight)
        self.tally.add("tokens_output", usage.output_tokens * weight)
        self.tally.add("cost_usd", usage.cost_usd * weight)
        self.tally.mean("first_token_mean", first_s)


@dataclass(frozen=True, slots=True)
class Profile:
    """Typical answers, for the history: mean and deviation of tokens, logarithms of the durations."""

    input_mean: float
    input_sd: float
    output_mean: float
    output_sd: float
    duration_mu: float
    duration_sigma: float
    runaway_mu: float
    runaway_sigma: float


def profile(seed: int) -> Profile:
    """Plan 2,000 answers of each kind, as `chat` would."""
    rng = np.random.default_rng([seed, 8])
    questions = [ngram.QUESTIONS[int(i)] for i in rng.integers(0, len(ngram.QUESTIONS), 2000)]
    usual = [plan(rng, question, runaway=False) for question in questions]
    runaway = np.log([plan(rng, question, runaway=True).duration_s for question in questions])
    asked, said = np.array([u.input_tokens for u in usual]), np.array([u.output_tokens for u in usual])
    taken = np.log([u.duration_s for u in usual])
    moments = (asked.mean(), asked.std(), said.mean(), said.std(), taken.mean(), taken.std(), runaway.mean(), runaway.std())
    return Profile(*(float(m) for m in moments))
