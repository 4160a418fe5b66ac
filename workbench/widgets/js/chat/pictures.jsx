import { useState } from "preact/hooks";
import { Button } from "../base/controls.jsx";

/** Pictures: those that are in the conversation, and a button for each that lies elsewhere. */
export function Pictures({ addresses }) {
  if (!addresses?.length) return null;
  return (
    <div class="wb-row">
      {addresses.map((address, place) => (
        <Picture key={place} address={address} />
      ))}
    </div>
  );
}

function Picture({ address }) {
  const [asked, setAsked] = useState(address.startsWith("data:image/"));
  if (!asked) {
    return (
      <Button class="wb-picture" title={address} onClick={() => setAsked(true)}>
        Load the image from {host(address)}
      </Button>
    );
  }
  return <img class="wb-image" src={address} alt="" referrerpolicy="no-referrer" loading="lazy" />;
}

function host(address) {
  try {
    return new URL(address).host;
  } catch {
    return "elsewhere";
  }
}
