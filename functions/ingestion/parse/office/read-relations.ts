import { type Archive, resolvePart } from '../archive.ts';
import { readXml } from '../read-xml.ts';

/** One reference of a part of an Office document to another part. */
export interface Relation {
  id: string;
  /** The last word of the type's address, such as `slide` or `sharedStrings`. */
  type: string;
  part: string;
}

function relationsPart(part: string): string {
  const slash = part.lastIndexOf('/') + 1;
  return `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`;
}

/** Returns what a part refers to within the document; references to the network or to files are passed over. */
export function readRelations(archive: Archive, part: string): Relation[] {
  const name = relationsPart(part);
  const bytes = archive.find(name);
  const relations: Relation[] = [];
  if (!bytes) return relations;
  readXml(
    bytes,
    {
      open(element, attributes) {
        if (element !== 'Relationship' || attributes['TargetMode'] === 'External') return;
        const target = resolvePart(part, attributes['Target'] ?? '');
        const type = attributes['Type']?.split('/').at(-1) ?? '';
        if (target !== null) relations.push({ id: attributes['Id'] ?? '', type, part: target });
      },
    },
    name,
  );
  return relations;
}

/** Returns the value of an attribute whatever prefix stands before its name. */
export function findQualified(attributes: Record<string, string>, name: string): string | undefined {
  const key = Object.keys(attributes).find((each) => each.endsWith(`:${name}`));
  return key === undefined ? undefined : attributes[key];
}
