"""Cut-down proto3 schemas: one text gives the engine its schema and structure, and Python its compiled validator.

Fields that are not kept are left out, enums are int32, and attribute values stay `bytes` (the encoded AnyValue), which both sides read
fastest. Field names are those of OTLP/JSON, so that one SELECT serves both encodings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

_MESSAGE = re.compile(r"message (\w+) \{(.*?)\}", re.DOTALL)
_FIELD = re.compile(r"(repeated )?(\w+) (\w+) = (\d+);")
_ENGINE_TYPES = {
    "string": "String",
    "bytes": "String",
    "int32": "Int32",
    "sint32": "Int32",
    "sint64": "Int64",
    "uint32": "UInt32",
    "int64": "Int64",
    "uint64": "UInt64",
    "fixed32": "UInt32",
    "fixed64": "UInt64",
    "sfixed64": "Int64",
    "double": "Float64",
    "bool": "Bool",
}
_PRESENT = {"optional_double": ("double", "Nullable(Float64)"), "optional_sfixed64": ("sfixed64", "Nullable(Int64)")}
_LABELS = descriptor_pb2.FieldDescriptorProto


@dataclass(frozen=True, slots=True)
class Wire:
    """A parsed schema text. `messages`: name → fields (repeated, type, name, number). The body is the message `Body`."""

    name: str
    messages: Mapping[str, tuple[tuple[bool, str, str, int], ...]]

    def text(self) -> str:
        """The messages as proto3 text for the engine."""
        out = []
        for name, fields in self.messages.items():
            body = " ".join(
                f"{'repeated ' if many else 'optional ' if kind in _PRESENT else ''}{_PRESENT.get(kind, (kind,))[0]} {field} = {number};"
                for many, kind, field, number in fields
            )
            out.append(f"message {name} {{ {body} }}")
        return "\n".join(out)

    def structure(self, message: str = "Body", *, leaf: Mapping[str, str] | None = None) -> str:
        """The ClickHouse Tuple type of `message`; `leaf` overrides the type of fields by `Message.field`."""
        members = []
        for many, kind, field, _ in self.messages[message]:
            override = (leaf or {}).get(f"{message}.{field}")
            if override is not None:
                inner = override
            elif kind in self.messages:
                inner = self.structure(kind, leaf=leaf)
            else:
                inner = _PRESENT[kind][1] if kind in _PRESENT else _ENGINE_TYPES[kind]
            members.append(f"`{field}` {f'Array({inner})' if many else inner}")
        return f"Tuple({', '.join(members)})"

    def validator(self) -> type[Message]:
        """A compiled message class whose `FromString` refuses what the engine could not read."""
        file = descriptor_pb2.FileDescriptorProto(name=f"pilotage/{self.name}.proto", package=f"pilotage.{self.name}", syntax="proto3")
        for name, fields in self.messages.items():
            message = file.message_type.add(name=name)
            for many, kind, field, number in fields:
                item = message.field.add(name=field, number=number, label=_LABELS.LABEL_REPEATED if many else _LABELS.LABEL_OPTIONAL)
                if kind in self.messages:
                    item.type, item.type_name = _LABELS.TYPE_MESSAGE, f".pilotage.{self.name}.{kind}"
                else:
                    item.type = getattr(_LABELS, f"TYPE_{_PRESENT.get(kind, (kind,))[0].upper()}")
                if kind in _PRESENT:
                    # Without presence a zero would be left out when a request is written again.
                    item.proto3_optional, item.oneof_index = True, len(message.oneof_decl)
                    message.oneof_decl.add(name=f"_{field}")
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        found: type[Message] = message_factory.GetMessageClass(pool.FindMessageTypeByName(f"pilotage.{self.name}.Body"))
        return found


def wire(name: str, text: str) -> Wire:
    """Parse our own schema text (messages, singular and repeated fields, `optional_double` and `optional_sfixed64` for presence)."""
    messages = {
        m.group(1): tuple((bool(f.group(1)), f.group(2), f.group(3), int(f.group(4))) for f in _FIELD.finditer(m.group(2)))
        for m in _MESSAGE.finditer(text)
    }
    return Wire(name, messages)
