"""Pairs that an export takes."""

from apps.generation.models import Response
from apps.generation.prompting import Prompter, prompt_hash
from apps.review.models import Decision, Label
from apps.validation.models import Verdict
from tests.builders import make_user


def accept(response: Response, *, good: bool = True) -> Response:
    reviewer = make_user()
    value = Label.Value.GOOD if good else Label.Value.BAD
    label = Label.objects.create(response=response, reviewer=reviewer, value=value)
    Decision.objects.create(response=response, good=good, label=label)
    Verdict.objects.create(response=response, database="overall", outcome="passed", version=1)
    return response


def with_prompt(response: Response) -> Response:
    """Give the response's completion the hash of the prompt that really asks for it."""
    completion = response.completion
    assert completion
    prompter = Prompter(recipe=completion.recipe, stage="i_r", numbers=[1])
    completion.prompt_hash = prompt_hash(prompter.prompt(response.instruction))
    completion.save()
    return response
