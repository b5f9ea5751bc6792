import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A key and the certificate that vouches for it, both as PEM. */
export interface ServerIdentity {
  key: string;
  cert: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;

const BOOLEAN_TRUE = Buffer.from([0x01, 0x01, 0xff]);
/** Object identifiers as DER has them. */
const OID = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
};

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  return size < 0x100 ? Buffer.from([0x81, size]) : Buffer.from([0x82, size >> 8, size & 0xff]);
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function bits(content: Buffer): Buffer {
  return der(BIT_STRING, Buffer.from([0]), content);
}

function name(commonName: string): Buffer {
  const attribute = der(SEQUENCE, OID.commonName, der(UTF8_STRING, Buffer.from(commonName)));
  return der(SEQUENCE, der(SET, attribute));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return der(GENERALIZED_TIME, Buffer.from(digits));
}

/** Names that the certificate holds for: this machine's own. */
function alternativeNames(): Buffer {
  const dns = der(0x82, Buffer.from('localhost'));
  const ipv4 = der(0x87, Buffer.from([127, 0, 0, 1]));
  const ipv6 = der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]));
  return der(SEQUENCE, OID.subjectAltName, der(OCTET_STRING, der(SEQUENCE, dns, ipv4, ipv6)));
}

function authority(): Buffer {
  const constraints = der(SEQUENCE, BOOLEAN_TRUE);
  return der(SEQUENCE, OID.basicConstraints, BOOLEAN_TRUE, der(OCTET_STRING, constraints));
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** Makes a certificate for `localhost` and the loopback addresses, valid for `days` from `nowMs`. */
export function createServerIdentity(nowMs: number, days: number): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, OID.ecdsaWithSha256);
  const own = name('localhost');
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const content = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    own,
    der(SEQUENCE, time(nowMs - 3_600_000), time(nowMs + days * 86_400_000)),
    own,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, alternativeNames(), authority())),
  );
  const certificate = der(SEQUENCE, content, algorithm, bits(sign('sha256', content, privateKey)));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(certificate) };
}
