import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { combineCrcs } from './crc-combine.ts';
import { CHECKSUM_ALGORITHMS } from './record.ts';
import type { Checksum, ChecksumAlgorithm, Part } from './record.ts';
import { S3Error } from './s3-error.ts';

/** Computes a digest over a stream. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Promise<Buffer>;
}

type HashName = ChecksumAlgorithm | 'MD5';

const DIGEST_BYTES: Record<ChecksumAlgorithm, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

export function createHasher(name: HashName): Hasher {
  if (name === 'CRC32') return createCrc32();
  if (name === 'CRC32C' || name === 'CRC64NVME') {
    const crc = name === 'CRC32C' ? new Crc32c() : new Crc64Nvme();
    return {
      update: (bytes) => {
        crc.update(bytes);
      },
      digest: async () => Buffer.from(await crc.digest()),
    };
  }
  const hash = createHash(name.toLowerCase());
  return { update: (bytes) => void hash.update(bytes), digest: () => Promise.resolve(hash.digest()) };
}

/** Returns the algorithm of that name in any case; fails with InvalidRequest for others. */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const found = CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
  if (!found) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum algorithm is "${name}"; expected one of ${CHECKSUM_ALGORITHMS.join(', ')}`,
    );
  }
  return found;
}

/** Returns the header that carries a checksum of that algorithm. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Fails with InvalidRequest unless `value` is the base64 of a digest of the right length. */
export function checkDigest(algorithm: ChecksumAlgorithm, value: string): string {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== DIGEST_BYTES[algorithm] || bytes.toString('base64') !== value) {
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  return value;
}

/** Returns the checksum of parts that become one object; every part must have one of the same algorithm. */
export async function combineChecksums(
  wanted: Pick<Checksum, 'algorithm' | 'type'>,
  parts: readonly Part[],
): Promise<Checksum> {
  const { algorithm, type } = wanted;
  const values = parts.map((part) => ({
    value: Buffer.from(part.checksum?.value ?? '', 'base64'),
    size: part.size,
  }));
  if (type === 'FULL_OBJECT') {
    return { algorithm, type, value: combineCrcs(algorithm, values).toString('base64') };
  }
  const hasher = createHasher(algorithm);
  for (const { value } of values) hasher.update(value);
  return { algorithm, type, value: `${(await hasher.digest()).toString('base64')}-${parts.length}` };
}

function createCrc32(): Hasher {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return Promise.resolve(bytes);
    },
  };
}
