"""Which model answers: a real one where there is a key or an endpoint, else the offline model."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from agents import Model, ModelProvider, UserError
from openai import OpenAIError

from workbench.errors import InvalidValue, MissingExtra, MissingKey, ModelError, shorten
from workbench.models.connections import Api, Connections
from workbench.models.endpoint import endpoint
from workbench.models.offline import OfflineModel, is_offline
from workbench.models.response import NAME

API_PREFIXES: dict[str, Api] = {"chat:": "chat_completions", "responses:": "responses"}

_WAY_OUT = (
    "set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server, or leave the model out (or say "
    '"offline") to use the offline model'
)


class WorkbenchProvider(ModelProvider):
    """A provider of the SDK that falls back to the offline model.

    ``get_model(None)`` is the SDK's default model, or the offline model when there is no key and
    no endpoint; ``"offline"`` is always the offline model; ``"chat:NAME"`` and ``"responses:NAME"``
    force an API for one model, ``api`` for all; any other name is the SDK's to resolve
    (``"litellm/..."``). ``base`` is asked instead of the SDK's own provider and is never closed.

    HTTP clients are made on first use, one for each event loop, because connections belong to the
    loop that opened them. Who makes a provider closes it: ``async with`` or ``await aclose()``.
    """

    def __init__(self, base: ModelProvider | None = None, *, api: Api | None = None) -> None:
        if api not in (None, "responses", "chat_completions"):
            raise InvalidValue(f'api is "responses" or "chat_completions", not {api!r}')
        if base is not None and api is not None:
            raise InvalidValue(
                "a provider of your own decides its API itself: leave out base or api"
            )
        self._base = base
        self._api = api
        self._connections = Connections()
        self._offline = OfflineModel()
        self.used_offline = False
        """Whether any ``get_model`` handed out the offline model."""
        self.last_label: str | None = None
        """The short name of the model that was handed out last."""

    def __repr__(self) -> str:
        return f"WorkbenchProvider(base={type(self._base).__name__}, api={self._api!r})"

    def get_model(self, model_name: str | None) -> Model:
        """The model of that name. Call it in the event loop in which the model will answer.

        Raises MissingKey when a model is asked for by name and there is no key, ModelError when
        nobody knows the name.
        """
        model = self._found(model_name)
        self.last_label = model_label(model)
        return model

    def _found(self, model_name: str | None) -> Model:
        if model_name == NAME:
            return self._offline_model()
        name, api = _split(model_name)
        if self._base is not None:
            return self._from_base(self._base, model_name, api)
        where = endpoint()
        if where is None and _needs_openai(name):
            if name is None:
                return self._offline_model()
            raise MissingKey(f"there is no API key for the model {shorten(name)}: {_WAY_OUT}")
        provider = self._connections.provider(where, api or self._api, literal=api is not None)
        return _model(provider, name)

    def _offline_model(self) -> OfflineModel:
        self.used_offline = True
        return self._offline

    def _from_base(self, base: ModelProvider, name: str | None, api: Api | None) -> Model:
        if api is not None:
            raise ModelError(
                f"{shorten(name or '')} forces an API, which a provider of your own decides: leave "
                "out the prefix, or the provider"
            )
        try:
            return _model(base, name)
        except MissingKey:
            # The SDK's own provider, given as a base, does not know of servers without keys.
            if (where := endpoint()) is not None:
                return _model(self._connections.provider(where, None, literal=False), name)
            if name is not None:
                raise
            return self._offline_model()

    async def aclose(self) -> None:
        """Close the clients that were made here, each in its own loop. Closing twice is fine."""
        await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def _split(name: str | None) -> tuple[str | None, Api | None]:
    """The name without its API prefix, and the API that the prefix forces."""
    for prefix, api in API_PREFIXES.items():
        if name is not None and name.startswith(prefix):
            if not (rest := name.removeprefix(prefix).strip()):
                raise ModelError(f"{name!r} names no model: say {prefix}NAME")
            return rest, api
    return name, None


def _needs_openai(name: str | None) -> bool:
    """Whether the SDK's OpenAI provider would answer: no prefix, or its own."""
    return name is None or "/" not in name or name.startswith("openai/")


def _model(provider: ModelProvider, name: str | None) -> Model:
    """``provider``'s model of that name, its errors translated."""
    try:
        return provider.get_model(name)
    except UserError as error:
        raise ModelError(
            f"nobody knows the model {shorten(name or '')}: {error}. Prefixes are litellm/ and "
            'any-llm/; say "chat:" or "responses:" before a name with slashes that the server knows'
        ) from error
    except ImportError as error:
        raise MissingExtra(
            f"the model {shorten(name or '')} needs a package that is not installed: {error}"
        ) from error
    except OpenAIError as error:
        # Making a client fails for want of a key only: nothing has been sent yet.
        raise MissingKey(
            f"there is no API key for the model {shorten(name or '(default)')}: {_WAY_OUT}"
        ) from error


def resolve_model(name: str | Model | None, *, provider: WorkbenchProvider | None = None) -> Model:
    """The model itself: a Model as it is, a name or None as `WorkbenchProvider` resolves it.

    Without ``provider`` a new one is used, whose client is closed when the model is collected;
    give one to close it at a time of your own.
    """
    if isinstance(name, Model):
        return name
    return (provider or WorkbenchProvider()).get_model(name)


def model_label(model: str | Model | None) -> str:
    """A short name for footers: ``offline``, ``gpt-5.2``; ``default`` for None. Never a key."""
    if model is None:
        return "default"
    if is_offline(model):
        return NAME
    name = model if isinstance(model, str) else getattr(model, "model", None)
    label = " ".join(name.split()) if isinstance(name, str) else type(model).__name__
    return label if len(label) <= 60 else label[:59] + "…"
