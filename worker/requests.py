"""What is asked of a model server, and the JSON that it is asked with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Interface(StrEnum):
    """Which of the two endpoints of the OpenAI-compatible interface a server is asked at."""

    # Chat where the model has a chat template, as vLLM tells, or the server no completions.
    AUTO = "auto"
    COMPLETIONS = "completions"
    CHAT = "chat"

    @property
    def path(self) -> str:
        """The endpoint, below the interface's base address."""
        return "/chat/completions" if self is Interface.CHAT else "/completions"


class GoingOn(IntEnum):
    """How a chat is asked for an answer that has been begun: by vLLM's parameters; by the
    assistant's turn at the end alone, as llama.cpp, Ollama and others understand it; or in words,
    where the last turn has to be the user's.
    """

    PARAMETERS = 0
    TURN = 1
    WORDS = 2


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat: role is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """What to ask for: a `prompt`, the same as `messages` for a server that only chats, or both.

    Where the last message is the assistant's, the answer is to go on from it. `n` samples are
    wanted; vLLM draws sample i with `seed` + i, other servers may give one all the same. `slot`:
    which one of a llama.cpp server is to do it, None for any. `grammar`: what its texts follow, in
    llama.cpp's GBNF, which vLLM's xgrammar reads as well; "" for none.
    """

    id: str
    prompt: str = ""
    messages: tuple[Message, ...] = ()
    max_tokens: int = 1536
    temperature: float = 0.7
    top_p: float = 1.0
    frequency_penalty: float = 0.0
    seed: int | None = None
    n: int = 1
    stop: tuple[str, ...] = ()
    slot: int | None = None
    grammar: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether the answer has been begun: the last turn is the assistant's."""
        return bool(self.messages) and self.messages[-1].role == "assistant"

    def payload(
        self,
        model: str,
        interface: Interface,
        *,
        limit: str = "max_tokens",
        going_on: GoingOn = GoingOn.PARAMETERS,
    ) -> dict[str, object]:
        """The JSON body, as both vLLM and llama.cpp understand it. limit: what the server calls
        the most tokens that it is to write.
        """
        body: dict[str, object] = {
            "model": model,
            limit: self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
        }
        if interface is Interface.CHAT:
            turns = self._turns(going_on)
            body["messages"] = [{"role": turn.role, "content": turn.content} for turn in turns]
            if self.goes_on and going_on is GoingOn.PARAMETERS:
                body |= {"continue_final_message": True, "add_generation_prompt": False}
        else:
            body["prompt"] = self.prompt
        if self.frequency_penalty:
            body["frequency_penalty"] = self.frequency_penalty
        if self.seed is not None:
            body["seed"] = self.seed
        if self.n > 1:
            body["n"] = self.n
        if self.stop:
            body["stop"] = list(self.stop)
        if self.grammar:
            # To llama.cpp, and to vLLM; each passes over the other's name.
            body["grammar"] = self.grammar
            body["structured_outputs"] = {"grammar": self.grammar}
        if self.slot is not None:
            body["id_slot"] = self.slot
        return body

    def _turns(self, going_on: GoingOn) -> tuple[Message, ...]:
        if not self.goes_on or going_on is not GoingOn.WORDS:
            return self.messages or (Message("user", self.prompt),)
        *turns, begun = self.messages
        told = f"Begin the answer with exactly these words:\n{begun.content}"
        if turns and turns[-1].role == "user":
            told = f"{turns.pop().content}\n\n{told}"
        return (*turns, Message("user", told))
