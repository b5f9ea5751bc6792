import type { ChecksumAlgorithm } from './record.ts';

/** Reflected polynomials of the CRCs that S3 can join over parts. */
const CRCS: Partial<Record<ChecksumAlgorithm, { polynomial: bigint; bits: bigint }>> = {
  CRC32: { polynomial: 0xedb88320n, bits: 32n },
  CRC32C: { polynomial: 0x82f63b78n, bits: 32n },
  CRC64NVME: { polynomial: 0x9a6c9329ac4bc9b5n, bits: 64n },
};

/** Tells whether the checksum of joined parts follows from those of the parts. */
export function isCrc(algorithm: ChecksumAlgorithm): boolean {
  return CRCS[algorithm] !== undefined;
}

/**
 * Returns the CRC of the parts joined, from each part's CRC and size, without reading a byte: appending n bytes multiplies
 * the CRC before by x^8n modulo the polynomial. Costs about log2(size) products a part.
 */
export function combineCrcs(
  algorithm: ChecksumAlgorithm,
  parts: readonly { value: Buffer; size: number }[],
): Buffer {
  const crc = CRCS[algorithm];
  if (!crc) throw new Error(`${algorithm} is not a CRC`);
  let combined = 0n;
  for (const { value, size } of parts) {
    combined =
      multiply(combined, powerOfX(BigInt(size) * 8n, crc), crc) ^ BigInt(`0x${value.toString('hex')}`);
  }
  return Buffer.from(combined.toString(16).padStart(Number(crc.bits) / 4, '0'), 'hex');
}

interface Crc {
  polynomial: bigint;
  bits: bigint;
}

/** Multiplies two polynomials in reflected form (the highest bit is x^0). */
function multiply(left: bigint, right: bigint, { polynomial, bits }: Crc): bigint {
  let product = 0n;
  let shifted = right;
  for (let bit = bits - 1n; bit >= 0n; bit--) {
    if ((left >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}

function powerOfX(exponent: bigint, crc: Crc): bigint {
  let result = 1n << (crc.bits - 1n);
  let square = 1n << (crc.bits - 2n);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(result, square, crc);
    square = multiply(square, square, crc);
  }
  return result;
}
