import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { sizeOf } from '../../compiler/lower/description.js';
import type { Attribute, OnnxBody, OnnxConstant, OnnxGraph, OnnxNode, OnnxPort } from './graph.js';
import { elementTypes } from './graph.js';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './proto/onnx_pb.js';

/** ONNX's IR version: the last one that knows no more than opset 21 needs. */
const IR_VERSION = 10n;

/** What the first axis of inputs and outputs is called: any number of rows. */
const BATCH = 'batch';

/** The numbers of the fields that are framed here, as weights are not to be copied into one message. */
const fields = { graph: 7, initializer: 5, rawData: 9 } as const;

/** Where the weights go that do not stand in the model's file. */
export interface ExternalData {
  /** The file's name, beside that of the model. */
  readonly location: string;
  /** A constant of fewer bytes stays in the model's file. */
  readonly leastBytes: number;
}

/** A model's file piece by piece, and that of its weights where they are external. */
export interface OnnxFiles {
  readonly model: Iterable<Uint8Array>;
  readonly external: Iterable<Uint8Array>;
}

/** Bytes of a graph's constants. */
export function constantBytes({ constants }: OnnxGraph): number {
  return constants.reduce((sum, constant) => sum + bytesOf(constant), 0);
}

/** The files of a graph; each constant is made when its turn comes, and not kept. */
export function onnxFiles(graph: OnnxGraph, name: string, external?: ExternalData): OnnxFiles {
  const outside = external === undefined ? [] : graph.constants.filter((one) => bytesOf(one) >= external.leastBytes);
  const places = placed(outside);
  const initializers = graph.constants.map((constant) => {
    const offset = places.get(constant);
    return offset === undefined ? whole(constant) : { head: elsewhere(constant, offset, external), constant: null };
  });
  return { model: modelPieces(graph, name, initializers), external: externalPieces(outside) };
}

/** A constant in the file: what stands before its numbers, and the constant whose numbers follow. */
interface Initializer {
  readonly head: Uint8Array;
  readonly constant: OnnxConstant | null;
}

function* modelPieces(graph: OnnxGraph, name: string, initializers: readonly Initializer[]): Iterable<Uint8Array> {
  const own = toBinary(GraphProtoSchema, graphMessage(graph, name));
  const framed = initializers.map(({ head, constant }) => {
    const length = head.length + (constant === null ? 0 : bytesOf(constant));
    return { head: joined(fieldHead(fields.initializer, length), head), constant };
  });
  const length = framed.reduce(
    (sum, { head, constant }) => sum + head.length + (constant === null ? 0 : bytesOf(constant)),
    own.length,
  );
  yield joined(toBinary(ModelProtoSchema, modelMessage(graph)), fieldHead(fields.graph, length), own);
  for (const { head, constant } of framed) {
    yield head;
    if (constant !== null) yield rawBytes(constant);
  }
}

/** Where external weights begin: systems map files into memory page by page. */
const PAGE = 4096;

function placed(outside: readonly OnnxConstant[]): Map<OnnxConstant, number> {
  let end = 0;
  return new Map(
    outside.map((constant) => {
      const offset = end;
      end = paged(end + bytesOf(constant));
      return [constant, offset];
    }),
  );
}

const paged = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

function* externalPieces(outside: readonly OnnxConstant[]): Iterable<Uint8Array> {
  for (const constant of outside) {
    yield rawBytes(constant);
    yield new Uint8Array(paged(bytesOf(constant)) - bytesOf(constant));
  }
}

function modelMessage({ opset }: OnnxGraph) {
  const opsetImport = [{ $typeName: 'onnx.OperatorSetIdProto', domain: '', version: BigInt(opset) } as const];
  return create(ModelProtoSchema, { irVersion: IR_VERSION, producerName: 'Lockstep', opsetImport });
}

function graphMessage({ nodes, inputs, outputs }: OnnxGraph, name: string) {
  return create(GraphProtoSchema, {
    name,
    node: nodes.map(nodeMessage),
    input: inputs.map(portMessage),
    output: outputs.map(portMessage),
  });
}

function nodeMessage({ op, name, inputs, outputs, attributes }: OnnxNode) {
  return create(NodeProtoSchema, {
    opType: op,
    name,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => attributeMessage(key, value)),
  });
}

function portMessage({ name, shape, type }: OnnxPort) {
  const lengths = shape.map((length) => ({ value: { case: 'dimValue', value: BigInt(length) } }) as const);
  const dim = [{ value: { case: 'dimParam', value: BATCH } } as const, ...lengths];
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: elementTypes[type], shape: { dim } } } },
  });
}

/** Shapes within are what enters. */
function bodyMessage(name: string, { nodes, inputs, outputs }: OnnxBody) {
  const port = ({ name, type }: OnnxBody['inputs'][number]) =>
    create(ValueInfoProtoSchema, {
      name,
      type: { value: { case: 'tensorType', value: { elemType: elementTypes[type] } } },
    });
  return create(GraphProtoSchema, {
    name,
    node: nodes.map(nodeMessage),
    input: inputs.map(port),
    output: outputs.map(port),
  });
}

const { FLOAT, INT, STRING, GRAPH, FLOATS, INTS, STRINGS } = AttributeProto_AttributeType;

function attributeMessage(name: string, value: Attribute): AttributeProto {
  const own = (given: object): AttributeProto => create(AttributeProtoSchema, { name, ...given });
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  if (typeof value === 'number') return own({ type: INT, i: BigInt(value) });
  if (typeof value === 'string') return own({ type: STRING, s: bytes(value) });
  if ('float' in value) return own({ type: FLOAT, f: value.float });
  if ('floats' in value) return own({ type: FLOATS, floats: value.floats });
  if ('body' in value) return own({ type: GRAPH, g: bodyMessage(name, value.body) });
  if ('strings' in value) return own({ type: STRINGS, strings: value.strings.map(bytes) });
  return own({ type: INTS, ints: value.map(BigInt) });
}

function whole(constant: OnnxConstant): Initializer {
  const head = toBinary(TensorProtoSchema, create(TensorProtoSchema, tensorOf(constant)));
  return { head: joined(head, fieldHead(fields.rawData, bytesOf(constant))), constant };
}

function elsewhere(constant: OnnxConstant, offset: number, external: ExternalData | undefined): Uint8Array {
  const place = { location: external?.location ?? '', offset: String(offset), length: String(bytesOf(constant)) };
  const externalData = Object.entries(place).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  const dataLocation = TensorProto_DataLocation.EXTERNAL;
  return toBinary(TensorProtoSchema, create(TensorProtoSchema, { ...tensorOf(constant), externalData, dataLocation }));
}

const tensorOf = ({ name, shape, type }: OnnxConstant) => ({
  name,
  dims: shape.map(BigInt),
  dataType: elementTypes[type],
});

function bytesOf({ shape, type }: OnnxConstant): number {
  return sizeOf(shape) * (type === 'int64' ? 8 : 4);
}

function rawBytes({ values }: OnnxConstant): Uint8Array {
  const own = values();
  return new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
}

/** The beginning of a field of `length` bytes that follow. */
function fieldHead(field: number, length: number): Uint8Array {
  const LENGTH_DELIMITED = 2;
  return new BinaryWriter().tag(field, LENGTH_DELIMITED).uint32(length).finish();
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
