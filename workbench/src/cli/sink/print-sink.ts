import { escapeControlCharacters } from '../../output/control-characters.ts';
import type { Sink } from '../../sink/write-sink.ts';

const explanations: Readonly<Record<string, string>> = {
  'apiserver/policy.yaml': 'which requests are recorded: all, without bodies',
  'apiserver/sink.kubeconfig': 'where the apiserver sends them, and how it shows who it is',
  'apiserver/ca.crt': 'whom the apiserver takes for the auditlogger',
  'apiserver/client.crt': "the apiserver's certificate",
  'apiserver/client.key': 'its key',
  'apiserver/token': "the apiserver's token",
  'auditlogger/server.crt': "the auditlogger's certificate",
  'auditlogger/server.key': 'its key',
  'auditlogger/ca.crt': 'whose certificates may send',
  'auditlogger/token': 'the tokens that may send, one a line',
  'authority/ca.crt': 'the authority that signed them all',
  'authority/ca.key': 'its key: keep it; whoever has it can make senders',
};

/** What was written, and the flags of both programs, for a person to read and copy. */
export function printSink(sink: Sink): string {
  const width = Math.max(...sink.files.map((name) => name.length));
  const goodUntil = sink.certificatesGoodUntil?.slice(0, 10);
  return [
    `Written to ${escapeControlCharacters(sink.folder)}:`,
    ...sink.files.map((name) => `  ${name.padEnd(width)}  ${explanations[name] ?? ''}`.trimEnd()),
    ...(goodUntil === undefined
      ? []
      : ['', `Certificates are good until ${goodUntil}; --force makes new ones of the same authority.`]),
    '',
    'kube-apiserver takes:',
    ...sink.apiserverFlags.map((flag) => `  ${escapeControlCharacters(flag)}`),
    '',
    'auditlogger takes:',
    ...sink.auditloggerFlags.map((flag) => `  ${escapeControlCharacters(flag)}`),
    '',
  ].join('\n');
}
