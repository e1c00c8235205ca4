import type { XmlElement } from './xml-tree.ts';

/**
 * What Jenkins' schema (junit-10.xsd of its xunit plugin) permits: attributes, with ! if required, and children.
 */
const schema: Readonly<Record<string, { readonly attributes: string; readonly children: string }>> = {
  testsuites: { attributes: 'name time tests failures errors', children: 'testsuite' },
  testsuite: {
    attributes: 'name! tests! failures! errors! time skipped timestamp hostname id package file log url group',
    children: 'testsuite properties testcase system-out system-err',
  },
  properties: { attributes: '', children: 'property' },
  property: { attributes: 'name! value!', children: '' },
  testcase: { attributes: 'name! time classname group', children: 'skipped error failure system-out system-err' },
  skipped: { attributes: 'type message', children: '' },
  error: { attributes: 'type message', children: '' },
  failure: { attributes: 'type message', children: '' },
  'system-out': { attributes: '', children: '' },
};

function listForeign({ name, attributes, children }: XmlElement): string[] {
  const allowed = schema[name];
  if (allowed === undefined) return [`<${name}>`];
  const names = allowed.attributes.split(' ').map((one) => one.replace('!', ''));
  const required = allowed.attributes.split(' ').flatMap((one) => (one.endsWith('!') ? one.slice(0, -1) : []));
  return [
    ...Object.keys(attributes).flatMap((one) => (names.includes(one) ? [] : `${name} ${one}`)),
    ...required.flatMap((one) => (one in attributes ? [] : `${name} without ${one}`)),
    ...children.flatMap((child) =>
      allowed.children.split(' ').includes(child.name) ? listForeign(child) : [`<${child.name}> in <${name}>`],
    ),
  ];
}

function count(element: XmlElement, name: string): number {
  return element.children.reduce((sum, child) => sum + Number(child.name === name) + count(child, name), 0);
}

/** Lists what does not fit the schema, and totals that are wrong; empty: nothing. */
export function listMisfits(root: XmlElement): string[] {
  const totals = { tests: 'testcase', failures: 'failure', errors: 'error', skipped: 'skipped' };
  return [
    ...(root.name === 'testsuites' ? [] : [`the root is <${root.name}>`]),
    ...listForeign(root),
    ...[root, ...root.children].flatMap((element) =>
      Object.entries(totals).flatMap(([attribute, name]) => {
        const total = count(element, name);
        const isRight = element.attributes[attribute] === String(total) || (element === root && name === 'skipped');
        return isRight ? [] : [`${element.name}: ${attribute} is not ${total}`];
      }),
    ),
  ];
}
