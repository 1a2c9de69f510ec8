"""Any server that speaks OpenAI chat completions: llama-server, Ollama, vLLM, LM Studio, and our embedded engine.

Ollama cuts a prompt that is too long without a word, so where the server cannot count tokens the prompt is estimated
generously beforehand and the count that the server reports is compared with the estimate afterwards.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx

from craftlore.engines.seam import Chat, Message, Piece
from craftlore.errors import Cancelled, EngineTimeout, EngineUnavailable, PromptTooLong

__all__ = ["ServerEngine"]

BYTES_PER_TOKEN = 3.0  # English through Qwen's vocabulary has about 4.3; 3 makes the estimate err upwards


class ServerEngine:
    """A model behind `url` (ending in /v1). `model` is the name that the server knows it by; None asks for its first."""

    adapter: str | None = None

    def __init__(self, url: str, model: str | None = None, *, context: int = 4096, name: str = "server", api_key: str | None = None) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._root = self._url.removesuffix("/v1")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        no_reuse = httpx.Limits(max_keepalive_connections=0)  # llama-server drops a connection after a stream
        self._client = httpx.Client(headers=headers, timeout=httpx.Timeout(30, connect=5), limits=no_reuse, trust_env=False)
        try:
            self.model = self._choose(model)
            self._can_count = self._has_tokenizer()
            self.context = self._own_context() or context
        except BaseException:
            self._client.close()
            raise

    def count_tokens(self, messages: tuple[Message, ...]) -> int:
        if not self._can_count:
            return int(sum(len(m["content"].encode()) for m in messages) / BYTES_PER_TOKEN) + 8 * len(messages)
        try:
            prompt = self._post("/apply-template", {"messages": list(messages)})["prompt"]
            return len(self._post("/tokenize", {"content": prompt, "parse_special": True})["tokens"])
        except (ValueError, KeyError, TypeError) as error:
            raise EngineUnavailable(f"{self.name} at {self._root} cannot count tokens ({type(error).__name__}: {error}). Restart it.") from error

    def pieces(self, chat: Chat, cancel: threading.Event) -> Iterator[Piece]:
        deadline = time.monotonic() + chat.deadline_seconds
        timeout = httpx.Timeout(chat.deadline_seconds, connect=5)
        try:
            with self._client.stream("POST", f"{self._url}/chat/completions", json=self._body(chat), timeout=timeout) as answer:
                if answer.status_code >= 400:
                    raise self._refused(answer)
                for line in answer.iter_lines():
                    if cancel.is_set():
                        raise Cancelled("the generation was stopped")
                    if time.monotonic() > deadline:
                        break
                    if line.startswith("data: ") and line != "data: [DONE]":
                        yield self._piece(json.loads(line[6:]), chat)
        except httpx.TimeoutException as error:
            raise EngineTimeout(f"{self.name} at {self._root} sent nothing for {chat.deadline_seconds:.0f} s. Is it busy or stuck?") from error
        except httpx.HTTPError as error:
            raise self._gone(error) from error
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise EngineUnavailable(f"{self.name} at {self._root} sent something that is no event stream: {error}. Is this a language model?") from error
        if time.monotonic() > deadline:
            raise EngineTimeout(f"{self.name} had not finished after {chat.deadline_seconds:.0f} s. Try a smaller model or raise [engine] deadline_seconds.")

    def close(self) -> None:
        self._client.close()

    def _body(self, chat: Chat) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(chat.messages),
            "max_tokens": chat.max_tokens,
            "temperature": chat.temperature,
            "seed": chat.seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._can_count:
            body["cache_prompt"] = True
        if chat.schema is not None:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": chat.schema}}
        return body

    def _piece(self, event: dict[str, Any], chat: Chat) -> Piece:
        if "error" in event:
            raise EngineUnavailable(f"{self.name} failed: {_reason(event)}")
        usage = event.get("usage") or {}
        prompt = usage.get("prompt_tokens")
        if prompt is not None and not self._can_count and prompt * 2.2 < self.count_tokens(chat.messages):
            raise PromptTooLong(
                f"{self.name} read only {prompt} tokens of a prompt of about {self.count_tokens(chat.messages)}: "
                "it cuts prompts. Raise its context (Ollama: num_ctx)."
            )
        choice = (event.get("choices") or [{}])[0]
        finish = choice.get("finish_reason")
        return Piece(
            text=(choice.get("delta") or {}).get("content") or "",
            finish="stop" if finish == "stop" else "length" if finish else None,
            prompt_tokens=prompt,
            completion_tokens=usage.get("completion_tokens"),
        )

    def _choose(self, model: str | None) -> str:
        try:
            listed = [str(row["id"]) for row in self._get(f"{self._url}/models").get("data") or []]  # Ollama without models: null
        except (KeyError, TypeError, AttributeError) as error:
            raise EngineUnavailable(f"{self._url}/models is no list of models: is this the address of a language model, ending in /v1?") from error
        if model is None and listed:
            return listed[0]
        if model is None or (model not in listed and f"{model}:latest" not in listed):
            raise EngineUnavailable(
                f"the server at {self._root} has no model {model!r}; it has: {', '.join(listed) or 'none'}. With Ollama: `ollama pull {model}`."
            )
        return model

    def _has_tokenizer(self) -> bool:
        try:
            answer = self._client.post(f"{self._root}/apply-template", json={"messages": [{"role": "user", "content": "x"}]})
            return answer.status_code == httpx.codes.OK and "prompt" in answer.json()
        except (httpx.HTTPError, ValueError, TypeError):
            return False

    def _own_context(self) -> int | None:
        try:
            settings = self._client.get(f"{self._root}/props").json()
            return int(settings["default_generation_settings"]["n_ctx"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = self._client.get(url)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._gone(error) from error
        except ValueError as error:
            raise EngineUnavailable(f"{url} does not answer with JSON: is this the address of a language model, ending in /v1?") from error

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._client.post(f"{self._root}{path}", json=body)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            return found
        except httpx.HTTPError as error:
            raise self._gone(error) from error

    def _refused(self, answer: httpx.Response) -> Exception:
        answer.read()
        try:
            event = answer.json()
        except ValueError:
            event = {"error": answer.text[:200]}
        reason = _reason(event)
        if "context" in reason and "exceed" in reason:
            return PromptTooLong(f"{self.name}: {reason}")
        return EngineUnavailable(f"{self.name} refused the request ({answer.status_code}): {reason}")

    def _gone(self, error: Exception) -> EngineUnavailable:
        return EngineUnavailable(f"no language model answers at {self._root} ({type(error).__name__}). Start the server, or set [engine] url or name.")


def _reason(event: object) -> str:
    error = event.get("error", event) if isinstance(event, dict) else event
    return str(error.get("message", error) if isinstance(error, dict) else error)
