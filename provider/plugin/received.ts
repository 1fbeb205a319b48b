import type { BinaryReader, BinaryWriter } from "google-protobuf";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** As the compiled classes call them. */
interface Generated {
  deserializeBinaryFromReader: (message: Struct, reader: BinaryReader) => Struct;
  serializeBinaryToWriter: (message: Struct, writer: BinaryWriter) => void;
}

const received = new WeakMap<Struct, Buffer>();

/**
 * Has this process keep properties that it receives as their bytes: read when {@link Struct.toJavaScript} asks for them,
 * sent on as they came. The generated classes make several objects of each value, which for thousands of files takes
 * longer than all else that a plugin does in an `up` without a change.
 */
export function keepReceivedBytes(): void {
  const generated = Struct as unknown as Generated;
  const write = generated.serializeBinaryToWriter;
  generated.deserializeBinaryFromReader = (message, reader) => {
    const start = reader.getCursor();
    while (reader.nextField()) reader.skipField();
    const { buffer, byteOffset } = reader.getBuffer();
    const bytes = Buffer.from(buffer, byteOffset + start, reader.getCursor() - start);
    received.set(message, bytes);
    message.toJavaScript = () => structOf(bytes, 0, bytes.length) as ReturnType<Struct["toJavaScript"]>;
    return message;
  };
  generated.serializeBinaryToWriter = (message, writer) => {
    const bytes = received.get(message);
    if (bytes === undefined) write(message, writer);
    else writer.writeSerializedMessage(bytes, 0, bytes.length);
  };
}

type Take = (field: number, start: number, end: number) => void;

/** Numbers of the fields in google/protobuf/struct.proto, of Value and of an entry of a Struct. */
const FIELDS = { number: 2, string: 3, boolean: 4, struct: 5, list: 6, key: 1, value: 2 } as const;

function structOf(bytes: Buffer, from: number, to: number): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  eachField(bytes, from, to, (_, entryStart, entryEnd) => {
    const entry: [string, unknown] = ["", null];
    eachField(bytes, entryStart, entryEnd, (field, start, end) => {
      if (field === FIELDS.key) entry[0] = bytes.toString("utf8", start, end);
      else if (field === FIELDS.value) entry[1] = valueOf(bytes, start, end);
    });
    entries.push(entry);
  });
  return Object.fromEntries(entries);
}

function valueOf(bytes: Buffer, from: number, to: number): unknown {
  let value: unknown = null;
  eachField(bytes, from, to, (field, start, end) => {
    if (field === FIELDS.string) value = bytes.toString("utf8", start, end);
    else if (field === FIELDS.number) value = bytes.readDoubleLE(start);
    else if (field === FIELDS.boolean) value = bytes[start] !== 0;
    else if (field === FIELDS.struct) value = structOf(bytes, start, end);
    else if (field === FIELDS.list) {
      const list: unknown[] = [];
      eachField(bytes, start, end, (_, entryStart, entryEnd) => {
        list.push(valueOf(bytes, entryStart, entryEnd));
      });
      value = list;
    }
  });
  return value;
}

/** Goes through the fields of a message in protobuf's wire format, https://protobuf.dev/programming-guides/encoding. */
function eachField(bytes: Buffer, from: number, to: number, take: Take): void {
  let at = from;
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < to) {
    const tag = varint();
    const kind = tag & 7;
    if (kind === 2) {
      const length = varint();
      take(tag >> 3, at, at + length);
      at += length;
    } else if (kind === 1) {
      take(tag >> 3, at, at + 8);
      at += 8;
    } else {
      // A number, the last kind that a Struct has.
      const start = at;
      varint();
      take(tag >> 3, start, at);
    }
  }
}
