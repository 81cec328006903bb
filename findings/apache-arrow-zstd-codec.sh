#!/usr/bin/env bash
# apache-arrow reads compressed files with a codec that one registers: decode(bytes) returns bytes. fzstd's decompress is such a function.
# One expects that registering it is all. The file is as pyarrow.feather.write_feather(table, path, compression="zstd") writes it.
# What happens: "start offset of BigInt64Array should be a multiple of 8": fzstd returns a view that may begin anywhere in its memory, and
# apache-arrow puts its arrays over the bytes where they lie. With a copy of them (.slice()) the same file is read.
# Versions: apache-arrow 21.2.0, fzstd 0.1.1; pyarrow 25.0.1 wrote the file below.
set -euo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cd "$T"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund apache-arrow@21.2.0 fzstd@0.1.1
cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { CompressionType, compressionRegistry, tableFromIPC } from 'apache-arrow';
import { decompress } from 'fzstd';

const bytes = readFileSync('table.feather');
const copy = process.argv[2] === 'copy';
compressionRegistry.set(CompressionType.ZSTD, { decode: (packed) => (copy ? decompress(packed).slice() : decompress(packed)) });
try {
  const values = tableFromIPC(bytes).getChild('a').toArray();
  console.log(`read ${values.length} values, the last is ${values.at(-1)}`);
} catch (error) {
  console.log(error.message);
}
JS
base64 -d > table.feather <<'BASE64'
QVJST1cxAAD/////qAAAABAAAAAAAAoADAAGAAUACAAKAAAAAAEEAAwAAAAIAAgAAAAEAAgAAAAEAAAAAgAAAEQAAAAEAAAA1P///wAAAQMQAAAAGAAAAAQA
AAAAAAAAAQAAAGIABgAIAAYABgAAAAAAAgAQABQACAAGAAcADAAAABAAEAAAAAAAAQIQAAAAHAAAAAQAAAAAAAAAAQAAAGEAAAAIAAwACAAHAAgAAAAAAAAB
QAAAAP/////QAAAAFAAAAAAAAAAMABgABgAFAAgADAAMAAAAAAMEABwAAAAAAQAAAAAAAAAAAAAMAB4AEAAEAAgADAAMAAAAcAAAACQAAAAYAAAAMgAAAAAA
AAAAAAAAAAAGAAgABwAGAAAAAAAAAQQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABZAAAAAAAAAGAAAAAAAAAAAAAAAAAAAABgAAAAAAAAAJoAAAAAAAAA
AAAAAAIAAAAyAAAAAAAAAAAAAAAAAAAAMgAAAAAAAAAAAAAAAAAAAJABAAAAAAAAKLUv/WCQAD0CAKKGDwwQuN4M/P93ZlUVWwr/UNBPz07OTc1MzEvLSspJ
yUjIR8dGxkXFRMRDw0LCQcFAwK+3y91qs9irtUqdSqMDMVQCAAMBAAAAAAAAAJABAAAAAAAAKLUv/WCQAEUEAGQEAADwPwBAAAgQFBgcICIkJigqLC4wMTIz
NDU2Nzg5Ojs8PT4/QIAAQYAAQoAAQ4AARIAARYAARoAAR4AASEAAAAAAAIBIQDAg4NdZDMxstCwGZjZaFgMzGy2LgZkNyZdZFvkyy5Ivsyz5MsuSL7Ms+TLL
ki+zLPkykyVfZllGviVrDXPcawMAAAAAAAD/////AAAAABAAAAAMABQABgAIAAwAEAAMAAAAAAAEADQAAAAkAAAABAAAAAEAAAC4AAAAAAAAANgAAAAAAAAA
AAEAAAAAAAAAAAAACAAIAAAABAAIAAAABAAAAAIAAABEAAAABAAAANT///8AAAEDEAAAABgAAAAEAAAAAAAAAAEAAABiAAYACAAGAAYAAAAAAAIAEAAUAAgA
BgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAEAAABhAAAACAAMAAgABwAIAAAAAAAAAUAAAADQAAAAQVJST1cx
BASE64
plain=$(node try.mjs plain)
copied=$(node try.mjs copy)
echo "apache-arrow 21.2.0 with fzstd 0.1.1: $plain"
echo "with a copy of the bytes: $copied"
case "$plain" in
  *"should be a multiple of 8"*) ;;
  *) echo "The behaviour has changed: the codec as it is no longer fails" >&2; exit 1 ;;
esac
if [ "$copied" != "read 50 values, the last is 49" ]; then
  echo "The behaviour has changed: the copy is no longer read" >&2
  exit 1
fi
echo "Holds: bytes of a codec have to begin at a multiple of 8"
