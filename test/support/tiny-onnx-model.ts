import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Fields of protocol buffers: https://protobuf.dev/programming-guides/encoding. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]);
}
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
function bytes(field: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

const FLOAT = 1;
const INT64 = 7;

function valueInfo(name: string, type: number, dimensions: (string | number)[]): Buffer {
  const shape = dimensions.map((size) =>
    bytes(1, typeof size === 'number' ? number(1, size) : bytes(2, size)),
  );
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, number(1, type), bytes(2, ...shape)))]);
}

/** The graph of a model that looks up the vector of each token, and does nothing else. */
function encodeModel(table: readonly (readonly number[])[]): Buffer {
  const width = table[0]?.length ?? 0;
  const values = Buffer.from(Float32Array.from(table.flat()).buffer);
  const tensor = Buffer.concat([
    ...[number(1, table.length), number(1, width), number(2, FLOAT)],
    ...[bytes(8, 'table'), bytes(9, values)],
  ]);
  const gather = Buffer.concat([
    ...[bytes(1, 'table'), bytes(1, 'input_ids'), bytes(2, 'last_hidden_state'), bytes(4, 'Gather')],
  ]);
  const graph = Buffer.concat([
    ...[bytes(1, gather), bytes(2, 'tiny'), bytes(5, tensor)],
    bytes(11, valueInfo('input_ids', INT64, ['batch', 'length'])),
    bytes(11, valueInfo('attention_mask', INT64, ['batch', 'length'])),
    bytes(12, valueInfo('last_hidden_state', FLOAT, ['batch', 'length', width])),
  ]);
  return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, number(2, 13))]);
}

/** Writes a model whose tokens are words, each with the vector that is given for it; other words have the first one's. */
export async function writeTinyModel(folder: string, vectorOf: Record<string, number[]>): Promise<void> {
  const words = ['[UNK]', '[PAD]', ...Object.keys(vectorOf)];
  const unknown = Object.values(vectorOf)[0] ?? [];
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const tokenizer = {
    version: '1.0',
    added_tokens: [],
    normalizer: { type: 'BertNormalizer', clean_text: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
  await mkdir(join(folder, 'onnx'), { recursive: true });
  const put = (name: string, content: object): Promise<void> =>
    writeFile(join(folder, name), JSON.stringify(content));
  await put('config.json', { model_type: 'bert', hidden_size: unknown.length });
  await put('tokenizer.json', tokenizer);
  await put('tokenizer_config.json', {
    tokenizer_class: 'BertTokenizer',
    ...{ pad_token: '[PAD]', unk_token: '[UNK]', model_max_length: 512 },
  });
  await writeFile(
    join(folder, 'onnx', 'model.onnx'),
    encodeModel(words.map((word) => vectorOf[word] ?? unknown)),
  );
}
