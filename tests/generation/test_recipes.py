"""A recipe's fingerprint: equal ingredients are one recipe, any other ingredient is another."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from apps.generation.models import Recipe
from apps.generation.recipes import RecipeSpec, recipe_get_or_create, spec_of
from tests.builders import make_recipe, make_version

pytestmark = pytest.mark.django_db
SPEC = RecipeSpec(engine="llama", model="tiny")


def test_the_same_ingredients_are_the_same_recipe_in_any_set_with_the_same_examples() -> None:
    first = recipe_get_or_create(fewshot=make_version(), spec=SPEC)
    again = recipe_get_or_create(fewshot=make_version(), spec=SPEC)
    assert first == again and Recipe.objects.count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"temperature": 0.2}, {"frequency_penalty": 0.3}, {"response_stop": ("x",)}, {"response_grammar": "root ::= x"}, {"concepts_grammar": "root ::= x"}, {"top_p": 0.9}, {"model": "other"}, {"revision": "abc"}, {"responses": 3},
        {"random_seed": 9}, {"chain": "s_i-i_r"}, {"response_prefix": "Here"},
        {"examples": {"s_c": 1}}, {"max_tokens": {"s_c": 9}},
        {"instructions": 2}, {"tasks": ("fix",)}, {"styles": ("question",)},
        {"dialects": ("sqlite",)},
    ],
)  # fmt: skip
def test_another_ingredient_is_another_recipe(changed: dict[str, object]) -> None:
    version = make_version()
    first = recipe_get_or_create(fewshot=version, spec=SPEC)
    other = recipe_get_or_create(fewshot=version, spec=replace(SPEC, **changed))
    assert first.fingerprint != other.fingerprint


def test_a_grammar_is_kept_with_the_recipe_and_one_without_is_what_it_was() -> None:
    version = make_version()
    without = recipe_get_or_create(fewshot=version, spec=SPEC)
    assert not [name for name in without.sampling if "grammar" in name]
    assert spec_of(without).response_grammar == spec_of(without).concepts_grammar == ""
    led = replace(SPEC, response_grammar="root ::= x", concepts_grammar="root ::= y")
    again = spec_of(recipe_get_or_create(fewshot=version, spec=led))
    assert (again.response_grammar, again.concepts_grammar) == ("root ::= x", "root ::= y")


def test_other_templates_or_examples_are_another_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    first = recipe_get_or_create(fewshot=make_version(3), spec=SPEC)
    assert recipe_get_or_create(fewshot=make_version(4), spec=SPEC) != first
    monkeypatch.setattr("apps.generation.stages.composing.FORMAT", 3)
    assert recipe_get_or_create(fewshot=make_version(3), spec=SPEC) != first


def test_a_draft_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="publish it before"):
        recipe_get_or_create(fewshot=make_version(published=False), spec=SPEC)


def test_the_database_refuses_to_change_a_recipe() -> None:
    recipe = make_recipe()
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        Recipe.objects.filter(pk=recipe.pk).update(model="other")
