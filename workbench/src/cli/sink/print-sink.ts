import { escapeControlCharacters } from '../../output/control-characters.ts';
import type { Sink } from '../../sink/write-sink.ts';

const explanations: Readonly<Record<string, string>> = {
  'apiserver/policy.yaml': 'records all requests, without bodies',
  'apiserver/sink.kubeconfig': "the auditlogger's address, and the apiserver's credentials",
  'apiserver/ca.crt': "the CA of the auditlogger's certificate",
  'apiserver/client.crt': "the apiserver's certificate",
  'apiserver/client.key': 'its key',
  'apiserver/token': "the apiserver's token",
  'auditlogger/server.crt': "the auditlogger's certificate",
  'auditlogger/server.key': 'its key',
  'auditlogger/ca.crt': "the CA of senders' certificates",
  'auditlogger/token': 'the tokens of senders, one a line',
  'ca/ca.crt': 'the CA that signed all certificates',
  'ca/ca.key': 'its key; keep it secret: it can sign certificates for senders',
};

/** Lists the files, and the flags of both programs. */
export function printSink(sink: Sink): string {
  const width = Math.max(...sink.files.map((name) => name.length));
  const goodUntil = sink.certificatesGoodUntil?.slice(0, 10);
  return [
    `Written to ${escapeControlCharacters(sink.folder)}:`,
    ...sink.files.map((name) => `  ${name.padEnd(width)}  ${explanations[name] ?? ''}`.trimEnd()),
    ...(goodUntil === undefined
      ? []
      : ['', `Certificates are valid until ${goodUntil}; --force creates new ones from the same CA.`]),
    '',
    'Flags of kube-apiserver:',
    ...sink.apiserverFlags.map((flag) => `  ${escapeControlCharacters(flag)}`),
    '',
    'Flags of the auditlogger:',
    ...sink.auditloggerFlags.map((flag) => `  ${escapeControlCharacters(flag)}`),
    '',
  ].join('\n');
}
