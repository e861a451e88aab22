"""Turn each step of a model's life into a job and a service principal, with an experiment and candidates beside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.renamed import FormerPlace, FormerPlaces
from rolecall.kinds.registered_model import Step, candidate_name, step_name

_PLACES: TypeAdapter[list[FormerPlace]] = TypeAdapter(FormerPlaces)


def take_steps(tree: dict[str, Any], places: Places, problems: list[Problem]) -> None:
    """Add to each project what the steps of its models need; a name that is there already is declared twice.

    Args:
        tree: the contract as plain values; changed in place.
        places: where values stand; the places of what is added are those of the steps.
        problems: what is wrong is appended to it.
    """
    for name, project in _mapping(tree.get("projects")).items():
        for model, declared in list(_mapping(_mapping(project).get("models")).items()):
            if isinstance(declared, dict) and isinstance(declared.get("steps"), dict):
                _add_steps(project, str(model), declared, ("projects", name), places, problems)


def _add_steps(
    project: dict[str, Any], model: str, declared: dict[str, Any], at: Path, places: Places, problems: list[Problem]
) -> None:
    where: Path = (*at, "models", model)
    scope = {"in": declared["in"]} if "in" in declared else {}
    former = _former(declared.get("renamed_from"))
    experiments = project.setdefault("experiments", {})
    if isinstance(experiments, dict) and model not in experiments:
        experiments[model] = {**scope, **_named_after(former), "description": f"Training of {model}"}
        _stand_at(places, where, (*at, "experiments", model))
    models = project["models"]
    if candidate_name(model) in models:
        what = f"model {candidate_name(model)!r} is made for the candidates of {model!r}, and declared too"
        declared_at = places.of(*at, "models", candidate_name(model))
        problems.append(Problem("declared-twice", declared_at, what, "Take it out, or rename it."))
    else:
        renamed = _named_after(former, candidate_name)
        models[candidate_name(model)] = {**scope, **renamed, "description": f"Candidates for {model}"}
        _stand_at(places, where, (*at, "models", candidate_name(model)))
    for step, settings in declared["steps"].items():
        # What is no step, and what is no mapping, the model itself refuses.
        if step not in list(Step) or not isinstance(settings, dict):
            continue
        place: Path = (*where, "steps", step)
        key = step_name(model, step)
        if "run_as" in settings:
            what = f"step {step} of model {model!r} names who it runs as; each step runs as a principal of its own"
            problems.append(Problem("step-with-run-as", places.of(*place, "run_as"), what, "Take `run_as` out."))
        tags = {**_mapping(settings.get("tags")), "model": model, "step": step}
        renamed = _named_after(former, partial(step_name, step=step))
        job = {**scope, **renamed, **settings, "run_as": key, "tags": tags}
        principal = {**scope, **renamed, "description": f"{step} of model {model}"}
        for section, value in (("jobs", job), ("service_principals", principal)):
            holder = project.setdefault(section, {})
            if not isinstance(holder, dict):
                continue
            if key in holder:
                what = f"{section} {key!r} is made for step {step} of model {model!r}, and declared too"
                problem = Problem("declared-twice", places.of(*at, section, key), what, "Take it out, or rename it.")
                problems.append(problem)
            else:
                holder[key] = value
                _stand_at(places, place, (*at, section, key))


def _former(written: Any) -> list[tuple[str | None, str]]:
    """Return where a model stood before; what is written in no known form, the model itself refuses."""
    try:
        return [(one.project, one.key) for one in _PLACES.validate_python(written or [])]
    except ValidationError:
        return []


def _named_after(
    former: list[tuple[str | None, str]], name_of: Callable[[str], str] = lambda name: name
) -> dict[str, Any]:
    """Return where what belongs to a model stood before."""
    places = [{"key": name_of(key), **({"project": project} if project else {})} for project, key in former]
    return {"renamed_from": places} if places else {}


def _stand_at(places: Places, source: Path, target: Path) -> None:
    """Let what is added stand where the step stands."""
    for path, place in list(places.by_path.items()):
        if path[: len(source)] == source:
            places.by_path.setdefault((*target, *path[len(source) :]), place)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
