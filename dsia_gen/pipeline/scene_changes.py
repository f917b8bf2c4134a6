"""Changes of a specification: each makes another one, which is checked as a whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from pydantic import ValidationError

from dsia_gen.core.errors import ConfigError
from dsia_gen.spec.scene import SceneSpec


class SceneChanges(ABC):
    """What has a specification and can take another one."""

    spec: SceneSpec

    @abstractmethod
    def with_spec(self, spec: SceneSpec) -> Self:
        """Take another specification.

        Parameters
        ----------
        spec : SceneSpec
            The specification.

        Returns
        -------
        SceneChanges
            Of this specification.
        """

    def changed(self, **fields: Any) -> Self:
        """Replace fields of the specification.

        Parameters
        ----------
        **fields : Any
            Fields of `SceneSpec`: camera, instances, lamps, environment, render, pairs, ...

        Returns
        -------
        Scene
            With these fields, not built yet.

        Raises
        ------
        ConfigError
            The whole would not be a scene; the message names the field.
        """
        unknown = sorted(set(fields) - set(SceneSpec.model_fields))
        if unknown:
            raise ConfigError("scene", [f"{unknown[0]} is not a field; known: {', '.join(SceneSpec.model_fields)}"])
        try:
            spec = SceneSpec.model_validate({**_plain_fields(self.spec), **fields})
        except ValidationError as error:
            raise ConfigError("scene", problems_of(error)) from error
        return self.with_spec(spec)

    def with_camera(self, **fields: Any) -> Self:
        """Change the camera.

        Parameters
        ----------
        **fields : Any
            Fields of `CameraSpec`: lens_mm, poses, width, height, aperture, ...

        Returns
        -------
        Scene
            With this camera.
        """
        return self.changed(camera={**_plain_fields(self.spec.camera), **fields})

    def with_environment(self, **fields: Any) -> Self:
        """Change the HDR environment, which lights the scene.

        Parameters
        ----------
        **fields : Any
            Fields of `Environment`: irradiance, tint, yaw, ...

        Returns
        -------
        Scene
            With this environment.
        """
        return self.changed(environment={**_plain_fields(self.spec.environment), **fields})

    def with_render(self, **fields: Any) -> Self:
        """Change the settings of the renderer.

        Parameters
        ----------
        **fields : Any
            Fields of `Render`: samples, exposure, denoise, ...

        Returns
        -------
        Scene
            With these settings.
        """
        return self.changed(render={**_plain_fields(self.spec.render), **fields})

    def with_lamp(self, index: int, **fields: Any) -> Self:
        """Change a lamp.

        Parameters
        ----------
        index : int
            Its place in `spec.lamps`.
        **fields : Any
            Fields of `Lamp`: power, colour, motion, size, kind.

        Returns
        -------
        Scene
            With this lamp.

        Raises
        ------
        ConfigError
            There is no such lamp.
        """
        lamps: list[Any] = list(self.spec.lamps)
        if not 0 <= index < len(lamps):
            raise ConfigError("scene", [f"there is no lamp {index}: the scene has {len(lamps)}, counted from 0"])
        lamps[index] = {**_plain_fields(lamps[index]), **fields}
        return self.changed(lamps=tuple(lamps))

    def with_instance(self, number: int, **fields: Any) -> Self:
        """Change an object or a character.

        Parameters
        ----------
        number : int
            Its id, as in instance maps.
        **fields : Any
            Fields of `Instance`: motion, shape, scale, ...

        Returns
        -------
        Scene
            With this instance.

        Raises
        ------
        ConfigError
            There is no such instance.
        """
        self._require_instance(number)
        return self.changed(
            instances=tuple({**_plain_fields(i), **fields} if i.id == number else i for i in self.spec.instances)
        )

    def without_instance(self, number: int) -> Self:
        """Remove an object or a character.

        Parameters
        ----------
        number : int
            Its id, as in instance maps.

        Returns
        -------
        Scene
            Without it.

        Raises
        ------
        ConfigError
            There is no such instance.
        """
        self._require_instance(number)
        return self.changed(instances=tuple(i for i in self.spec.instances if i.id != number))

    def _require_instance(self, number: int) -> None:
        known = [instance.id for instance in self.spec.instances]
        if number not in known:
            raise ConfigError("scene", [f"there is no instance {number}; known: {', '.join(map(str, known))}"])


def _plain_fields(record: Any) -> dict[str, Any]:
    """The fields of a record as they are: records inside it stay records."""
    return {name: getattr(record, name) for name in type(record).model_fields}


def problems_of(error: ValidationError) -> list[str]:
    """Say what is wrong with a specification.

    Parameters
    ----------
    error : ValidationError
        What its model says.

    Returns
    -------
    list of str
        One sentence a field.
    """
    return [
        f"{'.'.join(map(str, e['loc'])) or 'the whole'}: {e['msg'][:1].lower() + e['msg'][1:]}" for e in error.errors()
    ]
