"""How a server wants to be asked: which endpoint, what it calls the limit of tokens, and how an
answer is asked for that has been begun already. The client finds it out by asking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from worker import refusals
from worker.requests import CompletionRequest, GoingOn, Interface


@dataclass(frozen=True, slots=True)
class Way:
    """limit: the parameter's name. `going_on` counts in chats only."""

    interface: Interface = Interface.AUTO
    limit: str = "max_tokens"
    going_on: GoingOn = GoingOn.PARAMETERS

    def endpoint(self, request: CompletionRequest) -> Interface:
        """Where it is asked: completions first, as long as nobody knows better."""
        if self.interface is not Interface.AUTO:
            return self.interface
        return Interface.COMPLETIONS if request.prompt else Interface.CHAT

    def changed(self, before: Way, after: Way) -> Way:
        """This one with what `after` has and `before` had not: others may have found out more
        meanwhile.
        """
        values = {one.name: getattr(after, one.name) for one in fields(Way)}
        new = {name: value for name, value in values.items() if value != getattr(before, name)}
        return replace(self, **new)

    def payload(self, request: CompletionRequest, model: str) -> dict[str, object]:
        """The JSON that it is asked with."""
        endpoint = self.endpoint(request)
        return request.payload(model, endpoint, limit=self.limit, going_on=self.going_on)

    def after(
        self, request: CompletionRequest, *, status: int, said: str, completes: bool
    ) -> Way | None:
        """The way that a refusal asks for: it only chats, or calls the limit otherwise. None where
        it says nothing of the kind. completes: whether the server has answered as a completion:
        then a page that is not there is one prompt's.
        """
        endpoint = self.endpoint(request)
        has_none = status in refusals.NO_SUCH_PAGE and not completes
        may_chat = self.interface is not Interface.COMPLETIONS and request.messages
        if endpoint is Interface.COMPLETIONS and has_none and may_chat:
            return replace(self, interface=Interface.CHAT)
        is_first = endpoint is Interface.CHAT and self.limit == "max_tokens"
        if is_first and refusals.wants_other_limit(status, said):
            return replace(self, limit="max_completion_tokens")
        return None

    def others(self, request: CompletionRequest) -> Iterator[Way]:
        """What may be tried where everything is refused: some only chat and say so with any
        status; some know no parameters of vLLM's, or want the last word to be the user's.
        """
        chats = self
        if self.interface is Interface.AUTO and request.prompt and request.messages:
            chats = replace(self, interface=Interface.CHAT)
            yield chats
        if chats.endpoint(request) is Interface.CHAT and request.goes_on:
            for further in GoingOn:
                if further > self.going_on:
                    yield replace(chats, going_on=further)
