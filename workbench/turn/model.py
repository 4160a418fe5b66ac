"""Which model answers a run: our provider put into the SDK's RunConfig, nothing else changed.

What needs the SDK is imported in the functions: `workbench.turn` loads without it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents import RunConfig

    from workbench.models.resolve import WorkbenchProvider

OFFLINE_NOTICE = (
    "No OPENAI_API_KEY is set: the offline model answers, which only recalls what it\n"
    "was told. Set the key for a real model, or OPENAI_BASE_URL for a local server."
)
"""In lines that fit a notebook's output: JupyterLab breaks longer ones within a word."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The run's configuration, and the provider in it, which knows what it handed out."""

    config: RunConfig
    provider: WorkbenchProvider
    _owned: bool
    _agent_model: Any

    @property
    def offline(self) -> bool:
        """Whether the offline model has answered."""
        from workbench.models.offline import is_offline

        return self.provider.used_offline or is_offline(self._explicit)

    @property
    def without_key(self) -> bool:
        """Whether the offline model has answered because there is nothing else that could."""
        from workbench.models.endpoint import endpoint

        return self.offline and endpoint() is None

    def look(self) -> None:
        """Find the model before the run begins. Raises MissingKey, ModelError."""
        if self._explicit is None or isinstance(self._explicit, str):
            self.provider.get_model(self._explicit)

    async def close(self) -> None:
        """Close the provider's connections, if this run made it."""
        if self._owned:
            await self.provider.aclose()

    @property
    def label(self) -> str | None:
        """The model as a footer names it."""
        from workbench.models.resolve import model_label

        if self._explicit is not None and not isinstance(self._explicit, str):
            return model_label(self._explicit)
        return self.provider.last_label

    @property
    def _explicit(self) -> Any:
        return self.config.model if self.config.model is not None else self._agent_model


def choose(
    agent: Any, *, run_config: Any = None, model: Any = None, api: str | None = None
) -> Choice:
    """The configuration for a run of ``agent``: the caller's own, with a model that can answer.

    ``model`` (a name or an SDK Model) goes before the agent's own. Tracing is off where no key is
    set, as the SDK could not send its traces anyway, and where another server answers: the SDK
    would send what is said to OpenAI all the same. A ``run_config`` of the caller's own decides.
    """
    from agents import RunConfig

    from workbench.models.endpoint import endpoint
    from workbench.models.resolve import WorkbenchProvider

    given = RunConfig(**run_config) if isinstance(run_config, dict) else run_config
    base = None if given is None else given.model_provider
    if isinstance(base, WorkbenchProvider):  # a run inside a run of ours
        provider, owned = base, False
    else:
        provider, owned = WorkbenchProvider(base, api=None if base else api), True  # type: ignore[arg-type]
    if given is None:
        place = endpoint()
        quiet = not os.environ.get("OPENAI_API_KEY") or (place is not None and place.local)
        config = RunConfig(model_provider=provider, tracing_disabled=quiet)
    else:
        config = replace(given, model_provider=provider)
    if model is not None:
        config = replace(config, model=model)
    return Choice(config, provider, owned, getattr(agent, "model", None))
