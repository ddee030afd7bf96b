"""The one reference to the present workspace, for both surfaces.

It is swapped as a whole, so that no request sees half of a change. The workspace itself is in :mod:`serving.workspace`.
"""

from threading import Lock

from serving.problems import NotReady, Problem
from serving.renewal import landed_at, renewed
from serving.settings import Settings
from serving.workspace import Workspace, open_workspace

__all__ = ["Holder", "Workspace", "open_workspace"]


class Holder:
    """The one reference to the present workspace, or to the reason why there is none.

    Whoever asks for it when the lake has grown renews it first, and whoever asks meanwhile waits for that: what was
    stored before a request came is in its answer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._renewing = Lock()
        self._workspace: Workspace | None = None
        self._landed_at = 0
        self._problem: Problem = NotReady("The service is starting.")

    def load(self, settings: Settings) -> None:
        """Open the workspace and let new requests see it."""
        # Looked at before the lake is read: what lands meanwhile is then news.
        seen = landed_at(settings)
        try:
            workspace = open_workspace(settings)
        except Problem as problem:
            with self._lock:
                self._workspace, self._problem = None, problem
            return
        with self._lock:
            self._workspace, self._landed_at = workspace, seen

    def put(self, workspace: Workspace) -> None:
        """Let new requests see this workspace."""
        with self._lock:
            self._workspace, self._landed_at = workspace, landed_at(workspace.settings)

    def is_behind(self) -> bool:
        """Whether something was appended to the lake since the workspace was made: renewing it takes a moment."""
        workspace = self._workspace
        return workspace is not None and landed_at(workspace.settings) != self._landed_at

    def peek(self) -> Workspace | None:
        """The workspace, or None."""
        return self._workspace

    def get(self) -> Workspace:
        """The workspace on the record as it is now; the problem where there is none."""
        if self.is_behind():
            self._renew()
        workspace = self._workspace
        if workspace is None:
            raise self._problem
        return workspace

    def _renew(self) -> None:
        with self._renewing:
            workspace = self._workspace
            if workspace is None or not self.is_behind():
                return
            seen = landed_at(workspace.settings)
            made = renewed(workspace)
            with self._lock:
                self._workspace, self._landed_at = made, seen

    def require_ready(self) -> None:
        """The problem that keeps the service from being ready, if there is one."""
        self.get().usable_model()
