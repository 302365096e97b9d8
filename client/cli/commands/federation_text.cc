#include "client/cli/commands/federation_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/event_json.h"
#include "client/cli/paragraph.h"
#include "client/cli/table.h"
#include "client/cli/text_encoding.h"
#include "client/cli/view_output.h"
#include "proto/record/counted.h"
#include "proto/record/event_types.h"
#include "proto/record/macros.h"
#include "proto/record/private_file.h"

namespace liaison::cli {
namespace {

constexpr size_t kNameWidth = 24;  // of a peer, or an audience
constexpr size_t kIndent = 2;
constexpr size_t kRuleWidth = 4 * kFederationWidth;  // what it says at the end counts as well

// A table whose rows have lines of their own below them: what no column is wide enough for.
class NotedTable {
 public:
  explicit NotedTable(std::vector<std::string> header) : table_(std::move(header)) {}

  void Add(std::vector<std::string> cells, std::string below) {
    cells.front() = Shortened(Printable(cells.front()), kNameWidth);
    table_.Add(std::move(cells));
    below_.push_back(std::move(below));
  }
  std::string Render() const {
    const std::string rendered = table_.Render(kFederationWidth);
    std::vector<absl::string_view> lines = absl::StrSplit(rendered, '\n', absl::SkipEmpty());
    std::string text = absl::StrCat(lines[0], "\n");
    for (size_t i = 0; i < below_.size(); ++i)
      absl::StrAppend(&text, lines[i + 1], "\n", below_[i]);
    return text;
  }
  bool empty() const { return below_.empty(); }

 private:
  Table table_;
  std::vector<std::string> below_;
};

std::string TimeOrNever(bool there, const google::protobuf::Timestamp& at, absl::Time now) {
  return there ? ShortTime(ToTime(at), now) : "never";
}

// Of so many columns at most, and its words too.
std::string Told(const std::string& text, size_t width = kToldWidth,
                 size_t word_width = kToldWordWidth) {
  const std::string printable = Printable(text);
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(printable, ' ', absl::SkipEmpty())) {
    words.push_back(Shortened(word, word_width));
  }
  return Shortened(absl::StrJoin(words, " "), width);
}

// Cut: whoever answers with an error says what it likes, as long as it likes.
std::string WhyBelow(const v1::PeerStanding& standing) {
  if (standing.why().empty()) return "";
  // Of who is well again it is the reason of the release, and no fault's.
  const bool is_well = standing.condition() == v1::PEER_CONDITION_ACTIVE;
  const std::string by = standing.set_by().empty() ? ""
                                                   : absl::StrCat(is_well ? "released by " : "by ",
                                                                  standing.set_by(), ": ");
  return Sentences(absl::StrCat(by, Told(standing.why())), kIndent);
}

std::string ConditionOf(const v1::Peer& peer) {
  const v1::PeerCondition condition = peer.standing().condition();
  if (condition == v1::PEER_CONDITION_UNSPECIFIED) return "not pulled";
  const bool is_asked = !peer.lanes().empty();
  if (condition == v1::PEER_CONDITION_ACTIVE && is_asked && !peer.reached())
    return "not reached yet";
  return Short(v1::PeerCondition_descriptor(), condition);
}

// What all lanes stand for; empty where there are not two, or one of them goes or stands for
// another thing.
std::string TroubleOfAll(const v1::ListPeersResponse& response) {
  std::string trouble;
  int lanes = 0;
  for (const v1::Peer& peer : response.peers()) {
    for (const v1::PulledLane& lane : peer.lanes()) {
      if (lanes++ == 0) trouble = lane.trouble();
      if (lane.trouble() != trouble) return "";
    }
  }
  return lanes > 1 ? trouble : "";
}

// Until it has answered, or where it is not asked, nobody knows how much there is by now.
std::string LagOf(const v1::Peer& peer, const v1::PulledLane& lane) {
  const auto is_left = [](const v1::PeerStanding& standing) {
    return standing.condition() == v1::PEER_CONDITION_QUARANTINED ||
           standing.condition() == v1::PEER_CONDITION_BLOCKED;
  };
  const bool is_known = peer.reached() && lane.trouble().empty() && !is_left(peer.standing()) &&
                        !is_left(lane.standing());
  return is_known ? absl::StrCat(lane.head_size() - lane.settled()) : "?";
}

std::string LaneBelow(const v1::PulledLane& lane, bool with_trouble) {
  std::string text = Sentences(lane.origin(), kIndent);
  absl::StrAppend(&text, WhyBelow(lane.standing()));
  if (lane.gap_first() > 0) {
    absl::StrAppend(&text, Sentences(absl::StrCat("stands: ", lane.gap_first(), " to ",
                                                  lane.gap_last(), " did not come as they should"),
                                     kIndent));
  }
  if (with_trouble && !lane.trouble().empty()) {
    absl::StrAppend(&text, Sentences(absl::StrCat("stands: ", Told(lane.trouble())), kIndent));
  }
  std::map<std::string, uint64_t> rejects;  // in one order
  for (const auto& [what, count] : lane.counts()) {
    constexpr absl::string_view kRejected = "rejected/";
    if (absl::StartsWith(what, kRejected)) rejects[what.substr(kRejected.size())] = count;
  }
  if (rejects.empty()) return text;
  return absl::StrCat(
      text,
      Sentences(absl::StrCat("rejected: ", absl::StrJoin(rejects, ", ", absl::PairFormatter(" "))),
                kIndent));
}

std::string StateOf(v1::DeliveryState state) {
  switch (state) {
    case v1::DELIVERY_STATE_CONFIRMED:
      return "confirmed";
    case v1::DELIVERY_STATE_NOT_YET:
      return "not yet";
    case v1::DELIVERY_STATE_KEPT:
      return "never";
    default:
      return "unknown";
  }
}

std::string TypeOf(v1::EventType type) {
  const auto* info = record::FindEventType(type);
  return info == nullptr ? "" : std::string(info->name);
}

std::string EventOf(const v1::ListDeliveriesResponse& response) {
  const std::string type = TypeOf(response.type());
  return absl::StrCat("Event ", response.sequence(), ", ", type, type.empty() ? "" : " ", "of ",
                      response.author(), " for ", response.audience());
}

std::string StateOf(v1::ArrivalState state) {
  switch (state) {
    case v1::ARRIVAL_STATE_HERE:
      return "is here";
    case v1::ARRIVAL_STATE_REJECTED:
      return "was rejected";
    case v1::ARRIVAL_STATE_NOT_TAKEN:
      return "was not taken";
    case v1::ARRIVAL_STATE_NOT_SHOWN:
      return "was not shown to this hub";
    case v1::ARRIVAL_STATE_NOT_YET:
      return "is not here yet";
    case v1::ARRIVAL_STATE_NOT_PULLED:
      return "is not asked for";
    case v1::ARRIVAL_STATE_IN_REGISTRY:
      return "came with the registry";
    default:
      return "is not here, as far as is known";
  }
}

std::string SectionsOf(const v1::SharedEvent& event) {
  std::vector<std::string> names;
  for (const int section : event.sections()) {
    names.push_back(ShortValue(v1::SectionKind_descriptor(), section));
  }
  return names.empty() ? "the header alone" : absl::StrCat("with ", absl::StrJoin(names, ", "));
}

}  // namespace

std::string Sentences(absl::string_view text, size_t indent) {
  return Paragraph(text, kFederationWidth, indent);
}

std::string ShortTime(absl::Time time, absl::Time now) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  const bool same = absl::ToCivilYear(time, utc) == absl::ToCivilYear(now, utc);
  return absl::FormatTime(same ? "%d %b %H:%M" : "%d %b %Y", time, utc);
}

std::string SecondText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", time, absl::UTCTimeZone());
}

std::string PeersText(const v1::ListPeersResponse& response, absl::Time now) {
  if (response.peers().empty()) return "The policy has no peers.\n";
  NotedTable peers({"PEER", "CONDITION", "ANSWERED", "PULLED HERE", "UP TO"});
  NotedTable lanes({"FROM", "CONDITION", "SETTLED", "LAG"});
  const std::string of_all = TroubleOfAll(response);
  for (const v1::Peer& peer : response.peers()) {
    peers.Add({peer.name(), ConditionOf(peer),
               TimeOrNever(peer.has_contact_time(), peer.contact_time(), now),
               TimeOrNever(peer.has_pull_time(), peer.pull_time(), now),
               absl::StrCat(peer.pulled_through())},
              WhyBelow(peer.standing()));
    for (const v1::PulledLane& lane : peer.lanes()) {
      lanes.Add({peer.name(), Short(v1::PeerCondition_descriptor(), lane.standing().condition()),
                 absl::StrCat(lane.settled()), LagOf(peer, lane)},
                LaneBelow(lane, of_all.empty()));
    }
  }
  std::string warnings;
  for (const v1::Peer& peer : response.peers()) {
    if (peer.warning().empty()) continue;
    absl::StrAppend(&warnings,
                    Sentences(absl::StrCat(peer.name(), ": ", Printable(peer.warning()))));
  }
  if (lanes.empty()) return absl::StrCat(peers.Render(), warnings);
  if (!of_all.empty()) {
    absl::StrAppend(&warnings, Sentences(absl::StrCat("Every lane stands: ", Told(of_all))));
  }
  return absl::StrCat(peers.Render(), warnings, "\n", lanes.Render());
}

std::string DeliveriesText(const v1::ListDeliveriesResponse& response, absl::Time now) {
  const std::string head = Sentences(absl::StrCat(EventOf(response), "."));
  if (response.deliveries().empty()) return absl::StrCat(head, "The policy has no peers.\n");
  NotedTable table({"PEER", "CONFIRMED", "IS AT", "SINCE", "ASKED"});
  for (const v1::PeerDelivery& delivery : response.deliveries()) {
    table.Add({delivery.peer(), StateOf(delivery.state()), absl::StrCat(delivery.settled()),
               TimeOrNever(delivery.has_settle_time(), delivery.settle_time(), now),
               TimeOrNever(delivery.has_ask_time(), delivery.ask_time(), now)},
              Sentences(Told(delivery.rule(), kRuleWidth, kFederationWidth - kIndent), kIndent));
  }
  return absl::StrCat(
      head, table.Render(),
      Sentences(absl::StrCat("Confirmed is what the peer says itself. `liaison federation why ",
                             response.sequence(), " --at PEER` says more.")));
}

std::string DeliveryReasonsText(const v1::ListDeliveriesResponse& response) {
  std::string text;
  for (const v1::PeerDelivery& delivery : response.deliveries()) {
    std::string became = "is of unknown whereabouts at";
    if (delivery.state() == v1::DELIVERY_STATE_CONFIRMED) became = "has been confirmed by";
    if (delivery.state() == v1::DELIVERY_STATE_NOT_YET) became = "has not been confirmed yet by";
    if (delivery.state() == v1::DELIVERY_STATE_KEPT) became = "does not go to";
    absl::StrAppend(
        &text, Sentences(absl::StrCat(EventOf(response), ", ", became, " ", delivery.peer(), ".")));
    for (const std::string& reason : delivery.reasons()) {
      absl::StrAppend(&text, Sentences(reason, kIndent));
    }
  }
  return text;
}

std::vector<std::string> PeersToErase(const v1::ListDeliveriesResponse& response) {
  std::vector<std::string> peers;
  for (const v1::PeerDelivery& delivery : response.deliveries()) {
    if (delivery.state() != v1::DELIVERY_STATE_KEPT) peers.push_back(delivery.peer());
  }
  return peers;
}

std::string ErasedElsewhereText(const absl::StatusOr<v1::ListDeliveriesResponse>& response,
                                uint64_t redaction) {
  // On a line of its own, to be copied.
  const std::string ask = absl::StrCat("  liaison federation confirmed ", redaction, "\n");
  if (!response.ok()) {
    return absl::StrCat(Sentences("Whether other hubs have the words an operator finds out:"), ask);
  }
  const std::vector<std::string> peers = PeersToErase(*response);
  if (peers.empty()) return "";
  const std::string where = absl::StrCat(
      "They may be at ", record::Counted(peers.size(), "other hub"),
      " as well, which the record tells to erase them: ", absl::StrJoin(peers, ", "),
      ". Whoever has handed them on tells those who have them from there. Who has done so:");
  return absl::StrCat(Sentences(where), ask);
}

std::string ArrivalText(const std::string& event, const std::string& origin,
                        const v1::ExplainArrivalResponse& response) {
  std::string text =
      Sentences(absl::StrCat(event, " of ", origin, " ", StateOf(response.state()), "."));
  for (const std::string& reason : response.reasons()) {
    absl::StrAppend(&text, Sentences(reason, kIndent));
  }
  return text;
}

std::string SharingText(const std::vector<v1::SharedEvent>& events, const Kept& kept) {
  std::map<std::string, Table> tables;  // by the words that stand above
  for (const v1::SharedEvent& event : events) {
    const std::string head = absl::StrCat("By ", event.rule(), ", ", SectionsOf(event), ":");
    Table& table =
        tables.emplace(head, Table({"SEQUENCE", "TYPE", "AUDIENCE", "AUTHOR"})).first->second;
    table.Add({absl::StrCat(event.sequence()), TypeOf(event.type()),
               Shortened(Printable(event.audience()), kNameWidth), event.author()});
  }
  std::string text = tables.empty() ? "Nothing would leave.\n" : "";
  for (const auto& [head, table] : tables) {
    absl::StrAppend(&text, Sentences(head), table.Render(kFederationWidth), "\n");
  }
  for (const auto& [key, stays] : kept) {
    absl::StrAppend(&text,
                    Sentences(absl::StrCat(record::Counted(stays.events(), "event"), " for ",
                                           stays.audience(), " would stay: ", stays.rule(), ".")));
  }
  return text;
}

absl::StatusOr<std::string> ReadPolicyText(const std::string& file) {
  LIAISON_ASSIGN_OR_RETURN(std::string text,
                           record::ReadPublicFile(file, record::kFederationPolicyFile));
  if (absl::StripAsciiWhitespace(text).empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, " is empty, and as a policy would take every peer out. Was it saved? To leave the ",
        "federation propose a file with one line that says so: # nobody is a peer"));
  }
  const absl::StatusOr<Encoding> encoding = DetectEncoding(text);
  if (encoding.ok() && *encoding != Encoding::kWindows1252) return text;
  return absl::InvalidArgumentError(absl::StrCat(
      file, " is not in UTF-8, as a policy has to be: save it once more, and choose UTF-8 as its ",
      "encoding (Notepad: Save as, Encoding)"));
}

std::string ChangesText(const google::protobuf::RepeatedPtrField<v1::PolicyChange>& changes) {
  std::string text;
  const auto add = [&text](absl::string_view sign, const std::string& what, const std::string& is) {
    if (!is.empty()) {
      absl::StrAppend(&text, Printable(absl::StrCat(sign, " ", what, " = ", is)), "\n");
    }
  };
  for (const v1::PolicyChange& change : changes) {
    add("-", change.what(), change.before());
    add("+", change.what(), change.after());
  }
  return text;
}

std::string WarningsText(const google::protobuf::RepeatedPtrField<std::string>& warnings) {
  std::string text;
  for (const std::string& warning : warnings) {
    absl::StrAppend(&text, Sentences(absl::StrCat("Warning: ", warning, ".")));
  }
  return text;
}

}  // namespace liaison::cli
