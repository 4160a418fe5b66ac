import { useState } from "preact/hooks";
import { Tabs } from "../base/controls.jsx";
import { panel, usePanel } from "../base/panel.jsx";
import { About } from "./about.jsx";
import { Compaction } from "./compaction.jsx";
import { Context } from "./context.jsx";
import { Doctor } from "./doctor.jsx";
import { Encryption } from "./encryption.jsx";
import "./index.css";

const TABS = [
  ["context", "Context", () => <Context />],
  ["compaction", "Compaction", () => <Compaction />],
  ["encryption", "Encryption", () => <Encryption />],
  ["doctor", "Doctor", () => <Doctor />],
  ["about", "About", () => <About />],
];

/** Each tab asks for what it shows when it is opened: see `loaded.jsx`. */
function Inspect() {
  const { memory, model } = usePanel();
  const [chosen, setChosen] = useState(memory.get("tab") ?? "context");
  const choose = (tab) => {
    memory.set("tab", tab);
    setChosen(tab);
  };
  return (
    <div class="wb-inspect">
      <Tabs label={model.get("title")} tabs={TABS} chosen={chosen} onChoose={choose} />
    </div>
  );
}

export default panel(Inspect);
