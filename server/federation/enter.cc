#include "server/federation/enter.h"

#include <memory>
#include <utility>

#include "proto/record/foreign.h"

namespace liaison::federation {
namespace {

std::string EvidenceOf(const Item& item, const Head& head) {
  record::Evidence evidence;
  evidence.leaf = item.leaf;
  evidence.proof.index = item.sequence - 1;
  evidence.proof.hashes = item.proof;
  evidence.proof.checkpoint = head.note;
  return record::EncodeForeign(evidence);
}

size_t SizeOf(const domain::Statement& statement) {
  size_t size_bytes = statement.header_bytes.size() + statement.foreign->evidence.size();
  for (const pb::Section& section : statement.sections) {
    size_bytes += section.salt().size() + section.data().size();
  }
  return size_bytes;
}

}  // namespace

domain::Statement ToStatement(const Item& item, const Judgement& judgement, const Origin& origin,
                              const Head& head) {
  domain::Statement statement;
  statement.header_bytes = item.header;
  statement.header = judgement.header;
  statement.digest = judgement.leaf.digest;
  if (!judgement.leaf.attested()) {
    statement.signature.assign(judgement.leaf.signature.begin(), judgement.leaf.signature.end());
  }
  statement.sections.reserve(item.sections.size());
  for (const ItemSection& given : item.sections) {
    pb::Section& section = statement.sections.emplace_back();
    section.set_kind(given.kind);
    if (given.presence == Presence::kHere) {
      section.set_salt(given.salt);
      section.set_data(given.data);
      section.set_status(pb::SECTION_STATUS_PRESENT);
    } else {
      section.set_status(pb::SECTION_STATUS_WITHHELD);
    }
  }
  auto foreign = std::make_shared<domain::Foreign>();
  foreign->from = {origin.name_hash, origin.log_id, item.sequence, judgement.leaf_hash};
  foreign->evidence = EvidenceOf(item, head);
  statement.foreign = std::move(foreign);
  return statement;
}

sequencer::Proposal EntryOf(std::vector<domain::Statement> statements, Cursor cursor) {
  sequencer::Proposal proposal;
  for (const domain::Statement& statement : statements) proposal.size_bytes += SizeOf(statement);
  proposal.size_bytes += cursor.value.size();
  proposal.statements = std::move(statements);
  proposal.control = sequencer::ControlChange{std::move(cursor.key), std::move(cursor.expected),
                                              std::move(cursor.value)};
  return proposal;
}

}  // namespace liaison::federation
