"""What the model reads: the system prompt, and the message that is made of the prompt and one event."""

from pathlib import Path
from typing import Any

from client import S3Client, read_object
from event import Data, Event, EventError, File

# Upstream of this agent a classifier may have named the kind of document; prompts ask for it by this name.
CLASSIFICATION = "[ACTUAL_CLASSIFICATION]"

# Bedrock runtime API, DocumentFormat and ImageFormat.
_DOCUMENTS = ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")
_IMAGES = ("png", "jpeg", "gif", "webp")
_ALIASES = {"htm": "html", "jpg": "jpeg"}

# Guards the memory of the function. What a model takes of a format is less, and Bedrock says so itself (user guide,
# "API restrictions").
_LIMIT = 20_000_000


class PromptError(RuntimeError):
    """The system prompt is of no use; without it the agent is not the one that was deployed."""


def read_system_prompt(s3: S3Client, bucket: str, key: str) -> str:
    """Reads the system prompt; a missing, empty or illegible one is an error, never a default."""
    content = read_object(s3, bucket, key)
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise PromptError(f"system prompt `s3://{bucket}/{key}` is not UTF-8 text") from error
    if not text:
        raise PromptError(f"system prompt `s3://{bucket}/{key}` is empty")
    return text


def user_message(prompt: str, event: Event, s3: S3Client, folder: Path) -> dict[str, Any]:
    """Makes the first message of the conversation; a file is fetched into `folder`, where tools find it."""
    blocks = [{"text": _filled(prompt, event.classification)}]
    match event.content:
        case Data(text):
            blocks.append({"text": text})
        case File() as file:
            blocks.extend(_file_blocks(file, s3, folder))
    return {"role": "user", "content": blocks}


def _filled(prompt: str, classification: str | None) -> str:
    if CLASSIFICATION not in prompt:
        return prompt
    if classification is None:
        raise EventError(f"the prompt holds `{CLASSIFICATION}`, but the event has no `classificationResult`")
    return prompt.replace(CLASSIFICATION, classification)


def _file_blocks(file: File, s3: S3Client, folder: Path) -> list[dict[str, Any]]:
    content = read_object(s3, file.bucket, file.key, limit=_LIMIT)
    extension = _ALIASES.get(file.extension, file.extension)
    if extension in _DOCUMENTS:
        document = {"format": extension, "name": "document", "source": {"bytes": content}}
        block: dict[str, Any] = {"document": document}
    elif extension in _IMAGES:
        block = {"image": {"format": extension, "source": {"bytes": content}}}
    else:
        block, extension = {"text": _decoded(file, content)}, "txt"
    # The name of the file is the sender's: it could hold instructions, and the model would read it with the path.
    path = folder / f"document.{extension}"
    path.write_bytes(content)
    return [block, {"text": f"Tools that take a path find the file at {path}"}]


def _decoded(file: File, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        formats = ", ".join((*_DOCUMENTS, *_IMAGES))
        raise EventError(f"`{file.filename}` must be UTF-8 text or one of {formats}") from error
    if not text.strip():
        raise EventError(f"`s3://{file.bucket}/{file.key}` is empty")
    return text
