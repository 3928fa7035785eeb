from __future__ import annotations

import json

import numpy as np
import pytest

from pilotage.demo import assistant, ngram
from pilotage.demo.assistant import AssistantService, ModelOverloadedError, Usage, plan, profile
from pilotage.demo.incidents import TOKEN_FACTOR, Incident, Kind, Schedule
from pilotage.demo.web import Server, call


def test_an_answer_is_a_chat_span_with_tokens_cost_and_first_token(recorder, telemetry, clock):
    served = AssistantService(telemetry.service("assistant"), clock, Schedule(), 1)
    server = Server(served.service, {"/v1/chat": served.chat})
    status, reply = call(telemetry.service("traffic"), server.port, "/v1/chat", {"question": ngram.QUESTIONS[0], "conversation": "c1"})
    server.close()
    telemetry.close()
    assert status == 200
    assert len(reply["answer"].split()) == reply["output_tokens"]
    spans = {span.name: (span, values) for _, span, values in recorder.spans()}
    span, values = spans["chat trigram-1"]
    assert values["gen_ai.operation.name"] == "chat"
    assert values["gen_ai.provider.name"] == "local"
    assert (values["gen_ai.request.model"], values["gen_ai.response.model"]) == ("trigram-1", "trigram-1-2026-11")
    assert values["gen_ai.usage.output_tokens"] == reply["output_tokens"]
    assert values["gen_ai.usage.cost"] == pytest.approx(Usage(reply["input_tokens"], reply["output_tokens"], 0).cost_usd)
    assert json.loads(values["gen_ai.output.messages"])[0]["parts"][0]["content"] == reply["answer"]
    assert span.trace_id == spans["POST /v1/chat"][0].trace_id
    metrics = {metric.name: metric for _, metric in recorder.metrics()}
    first = metrics["gen_ai.server.time_to_first_token"].histogram.data_points[0]
    whole = metrics["gen_ai.client.operation.duration"].histogram.data_points[0]
    assert 0 < first.sum < whole.sum
    tokens = {point.attributes[-1].value.string_value: point.sum for point in metrics["gen_ai.client.token.usage"].histogram.data_points}
    assert tokens == {"input": reply["input_tokens"], "output": reply["output_tokens"]}


def test_a_cost_incident_multiplies_the_tokens(clock):
    def tokens(*, runaway: bool) -> float:
        rng = np.random.default_rng(1)
        return float(np.mean([plan(rng, ngram.QUESTIONS[0], runaway=runaway).output_tokens for _ in range(300)]))

    assert tokens(runaway=True) == pytest.approx(TOKEN_FACTOR * tokens(runaway=False), rel=0.01)


def test_a_cost_incident_reaches_the_served_answers(telemetry, clock):
    question = {"question": ngram.QUESTIONS[0]}
    usual = AssistantService(telemetry.service("assistant"), clock, Schedule(), 1).chat(question, 1)
    runaway = AssistantService(telemetry.service("assistant"), clock, Schedule((Incident(Kind.COST, 0, 2**62),)), 1).chat(question, 1)
    assert runaway["input_tokens"] == TOKEN_FACTOR * usual["input_tokens"]
    assert runaway["output_tokens"] == TOKEN_FACTOR * usual["output_tokens"]


def test_an_overloaded_model_is_an_error_span(recorder, telemetry, clock, monkeypatch):
    monkeypatch.setattr(assistant, "BASE_ERRORS", 1.1)
    served = AssistantService(telemetry.service("assistant"), clock, Schedule(), 1)
    with pytest.raises(ModelOverloadedError):
        served.chat({"question": "?"}, 1)
    assert served.tally.errors == 1
    telemetry.close()
    span, values = next((span, values) for _, span, values in recorder.spans() if span.name.startswith("chat"))
    assert values["error.type"] == "ModelOverloadedError"
    assert span.status.code == 2


def test_retrieval_finds_the_document_the_question_is_about():
    assert ngram.retrieve("chemical analysis of wines grown in Italy")[0] == "wine"
    assert ngram.retrieve("progression of diabetes disease in patients")[0] == "diabetes"
    assert len(ngram.retrieve("")[1]) == 24


def test_the_model_continues_with_words_it_has_seen():
    known = {word for text in ngram.documents().values() for word in ngram.tokens(text)}
    answer = ngram.generate(np.random.default_rng(1), ["of", "the"], 100)
    assert len(answer) == 100
    assert set(answer) <= known
    assert answer == ngram.generate(np.random.default_rng(1), ["of", "the"], 100)


def test_the_profile_of_the_history_is_what_the_service_plans():
    found = profile(1)
    rng = np.random.default_rng(9)
    planned = [plan(rng, ngram.QUESTIONS[i % len(ngram.QUESTIONS)], runaway=False) for i in range(800)]
    assert found.output_mean == pytest.approx(np.mean([u.output_tokens for u in planned]), rel=0.1)
    assert np.exp(found.duration_mu) == pytest.approx(np.exp(np.mean(np.log([u.duration_s for u in planned]))), rel=0.1)
    assert found.runaway_mu > found.duration_mu
